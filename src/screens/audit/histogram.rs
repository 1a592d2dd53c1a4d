//! Events over the shown time: a cell for each hour or for several, those far above the usual marked.

use jiff::{Timestamp, tz::TimeZone};

use crate::{domain::audit::look::Tally, ui::text::count};

/// An hour with so many times the usual events is marked.
const UNUSUAL: usize = 6;
/// Fewer events in an hour are never unusual.
const FEW: usize = 6;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// Days above the bars.
    pub days: String,
    /// Bars: how high of 0 to 8, and whether an hour of it is marked.
    pub bars: Vec<(usize, bool)>,
    /// The words about the most unusual hour.
    pub mark: String,
}

impl Histogram {
    /// The events from one moment to another in at most so many cells.
    pub fn of(tally: &Tally, (from, to): (Timestamp, Timestamp), cells: usize) -> Self {
        let hour = |at: Timestamp| at.as_second().div_euclid(3_600);
        let (first, last) = (hour(from), hour(to));
        let span = usize::try_from(last - first + 1).unwrap_or(1).max(1);
        let each = span.div_ceil(cells.max(1)).max(1);
        let mut bars = vec![(0_usize, false); span.div_ceil(each)];
        let shown = tally.hours.range(first..=last);
        let all: usize = shown.clone().map(|(_, events)| *events).sum();
        let mut peak: Option<(i64, usize)> = None;
        for (hour, events) in shown {
            let place = usize::try_from(hour - first).unwrap_or_default() / each;
            let Some(bar) = bars.get_mut(place) else { continue };
            bar.0 += events;
            // The usual is that of all hours of the time.
            let is_marked = *events >= FEW && events.saturating_mul(span) >= UNUSUAL.saturating_mul(all);
            bar.1 |= is_marked;
            if is_marked && peak.is_none_or(|(_, most)| *events > most) {
                peak = Some((*hour, *events));
            }
        }
        let most = bars.iter().map(|(events, _)| *events).max().unwrap_or_default().max(1);
        for bar in &mut bars {
            bar.0 = (bar.0 * 8).div_ceil(most);
        }
        let mark = peak.map(|(hour, events)| {
            let at = Timestamp::from_second(hour * 3_600).unwrap_or_default();
            let times = events.saturating_mul(span) / all.max(1);
            format!(
                "{}: {} events, {times}x usual",
                at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%MZ"),
                count(events)
            )
        });
        let days = days((first, last), each, bars.len());
        Self { days, bars, mark: mark.unwrap_or_default() }
    }
}

/// The number of each day above its first cell, with the month above the first and the last one.
fn days((first, last): (i64, i64), each: usize, cells: usize) -> String {
    let mut out = String::new();
    let each = i64::try_from(each).unwrap_or(1);
    let mut hour = first;
    while hour <= last {
        let at = Timestamp::from_second(hour * 3_600).unwrap_or_default().to_zoned(TimeZone::UTC);
        let place = usize::try_from((hour - first) / each).unwrap_or_default();
        let text = if out.is_empty() { at.strftime("%-d %b") } else { at.strftime("%-d") }.to_string();
        if (out.is_empty() || place > out.chars().count()) && place + text.len() <= cells.max(6) {
            out.push_str(&" ".repeat(place.saturating_sub(out.chars().count())));
            out.push_str(&text);
        }
        hour += 24 - i64::from(at.hour());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_far_above_the_usual_is_marked_and_told() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, to) = (at("2026-11-14T14:00:00Z"), at("2026-11-21T13:59:00Z"));
        let hour = |at: Timestamp| at.as_second().div_euclid(3_600);
        let mut tally = Tally::default();
        for one in hour(from)..=hour(to) {
            tally.hours.insert(one, 5);
        }
        let calm = Histogram::of(&tally, (from, to), 84);
        assert_eq!((calm.bars.len(), calm.mark.as_str()), (84, ""));
        assert!(calm.bars.iter().all(|bar| *bar == (8, false)));
        assert!(calm.days.starts_with("14 Nov") && calm.days.contains("20"), "{}", calm.days);
        tally.hours.insert(hour(at("2026-11-20T19:00:00Z")), 41);
        let busy = Histogram::of(&tally, (from, to), 84);
        assert_eq!(busy.mark, "20 Nov 19:00Z: 41 events, 7x usual");
        assert_eq!(busy.bars.iter().filter(|bar| bar.1).count(), 1);
        assert_eq!(Histogram::of(&Tally::default(), (to, from), 10).mark, "");
    }
}
