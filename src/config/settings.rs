//! The parts of the file that are not contexts: looks, devices, limits of an approval, pace.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer, de::Error as _};

/// Reads `500ms`, `60s`, `5m`, `2h`, `7d`; `0` alone is no time at all.
///
/// # Errors
/// One line that shows the form.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "a time is a number and ms, s, m, h or d, like 60s";
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or(FORM)?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| FORM)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(FORM),
    };
    // Longer than a century is a slip of the hand, and would overflow later sums.
    let total = number.checked_mul(millis).filter(|total| *total <= 36_525 * 86_400_000);
    total.map(Duration::from_millis).ok_or("this time is too long")
}

fn read_duration<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    duration(&String::deserialize(input)?).map_err(D::Error::custom)
}

/// The palette.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Theme {
    /// By the terminal's background.
    #[default]
    Auto,
    /// For dark terminals.
    Dark,
    /// For light terminals.
    Light,
    /// The terminal's own sixteen colours.
    Ansi16,
    /// No colour.
    Mono,
    /// A theme file (TOML).
    File(PathBuf),
}

impl Theme {
    /// Reads a name of the list, or a file: anything with a `/` or a `.`.
    ///
    /// # Errors
    /// Neither; the message lists the names.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "auto" => Ok(Self::Auto),
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            "ansi16" => Ok(Self::Ansi16),
            "mono" => Ok(Self::Mono),
            file if file.contains(['/', '.']) => Ok(Self::File(file.into())),
            _ => Err("a theme is auto, dark, light, ansi16, mono or a file"),
        }
    }
}

impl<'de> Deserialize<'de> for Theme {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(input)?).map_err(D::Error::custom)
    }
}

/// Which characters draw the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Glyphs {
    /// Lines, blocks and signs of Unicode.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// How times are shown; `T` changes it while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeStyle {
    /// UTC.
    #[default]
    Utc,
    /// The zone of this machine.
    Local,
    /// As a distance from now.
    Relative,
}

/// Looks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ui {
    /// The palette.
    pub theme: Theme,
    /// Characters.
    pub glyphs: Glyphs,
    /// Times.
    pub time: TimeStyle,
    /// Distance of two reads; zero is off.
    #[serde(deserialize_with = "read_refresh")]
    pub refresh: Duration,
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            glyphs: Glyphs::default(),
            time: TimeStyle::default(),
            refresh: Duration::from_mins(1),
        }
    }
}

fn read_refresh<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let every = read_duration(input)?;
    if every.is_zero() || every >= Duration::from_secs(5) {
        return Ok(every);
    }
    Err(D::Error::custom("refresh is 5s or more, or \"0\" for off: the key's request limit is shared"))
}

/// Sources whose interval can be set apart, and their names in `[refresh]`.
pub const SOURCES: [&str; 11] = [
    "acme",
    "cas",
    "requests",
    "reports",
    "one-user",
    "certcentral-user",
    "crls",
    "responders",
    "templates",
    "contracts",
    "audit",
];

/// Distance of two reads of single sources, where it is not that of `ui.refresh`; zero is off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refresh(pub BTreeMap<&'static str, Duration>);

impl<'de> Deserialize<'de> for Refresh {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Every(Duration);
        impl<'de> Deserialize<'de> for Every {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                read_refresh(input).map(Self)
            }
        }
        let table = BTreeMap::<String, Every>::deserialize(input)?;
        let known = |(name, every): (String, Every)| {
            let known = SOURCES.into_iter().find(|known| *known == name);
            known.map(|known| (known, every.0)).ok_or_else(|| D::Error::unknown_field(&name, &SOURCES))
        };
        table.into_iter().map(known).collect::<Result<_, _>>().map(Self)
    }
}

/// How audit events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// How far back they are read and kept.
    #[serde(deserialize_with = "read_keep")]
    pub keep: Duration,
}

impl Default for Audit {
    fn default() -> Self {
        Self { keep: Duration::from_hours(90 * 24) }
    }
}

fn read_keep<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let keep = read_duration(input)?;
    let day = Duration::from_hours(24);
    if (day..=day * 3_660).contains(&keep) { Ok(keep) } else { Err(D::Error::custom("keep is 1d to 3660d")) }
}

/// Where copied text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clipboard {
    /// What the terminal offers.
    #[default]
    Auto,
    /// The clipboard of the desktop.
    Native,
    /// The terminal's own sequence (OSC 52).
    Osc52,
    /// Nowhere.
    Off,
}

/// How the terminal is told that something needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// OSC 9.
    Osc9,
    /// OSC 777.
    Osc777,
    /// The bell.
    Bell,
    /// Not at all.
    #[default]
    Off,
}

/// Mouse, clipboard, notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Io {
    /// Take mouse events; the terminal's own selection then needs shift.
    pub mouse: bool,
    /// Where copied text goes.
    pub clipboard: Clipboard,
    /// Notifications.
    pub notify: Notify,
}

/// Limits of an approval. The file may tighten the built-in ones, never loosen them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Approve {
    /// Fewest characters of a comment.
    #[serde(deserialize_with = "read_comment")]
    pub comment_min: usize,
    /// Countdown between submit and sending.
    #[serde(deserialize_with = "read_hold")]
    pub hold: Duration,
    /// Oldest impact count that still counts.
    #[serde(deserialize_with = "read_impact_age")]
    pub max_impact_age: Duration,
}

impl Default for Approve {
    fn default() -> Self {
        Self { comment_min: 10, hold: Duration::from_secs(10), max_impact_age: Duration::from_mins(1) }
    }
}

fn read_comment<'de, D: Deserializer<'de>>(input: D) -> Result<usize, D::Error> {
    let least = Approve::default().comment_min;
    let given = usize::deserialize(input)?;
    if (least..=1000).contains(&given) { Ok(given) } else { Err(D::Error::custom("comment_min is 10 to 1000")) }
}

fn read_hold<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let given = read_duration(input)?;
    let range = Approve::default().hold..=Duration::from_mins(10);
    if range.contains(&given) { Ok(given) } else { Err(D::Error::custom("hold is 10s to 10m")) }
}

fn read_impact_age<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
    let given = read_duration(input)?;
    let range = Duration::from_secs(5)..=Approve::default().max_impact_age;
    if range.contains(&given) { Ok(given) } else { Err(D::Error::custom("max_impact_age is 5s to 60s")) }
}

/// Requests to a service, per key: a key's limit is shared with other programs. Not kept on the loopback.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Sustained requests per second.
    #[serde(deserialize_with = "read_rate")]
    pub per_second: f64,
    /// Requests at once after a pause.
    #[serde(deserialize_with = "read_burst")]
    pub burst: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { per_second: 2.5, burst: 30 }
    }
}

fn read_rate<'de, D: Deserializer<'de>>(input: D) -> Result<f64, D::Error> {
    let given = f64::deserialize(input)?;
    if (0.1..=20.0).contains(&given) { Ok(given) } else { Err(D::Error::custom("per_second is 0.1 to 20")) }
}

fn read_burst<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    let given = u32::deserialize(input)?;
    if (1..=100).contains(&given) { Ok(given) } else { Err(D::Error::custom("burst is 1 to 100")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_a_limit() {
        assert_eq!(duration("60s"), Ok(Duration::from_mins(1)));
        assert_eq!(duration("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for bad in ["", "60", "s", "-1s", "1.5h", "1w", "99999999999999999999s", "40000d", "1 s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
