//! What the app is told about its context, from the configuration and the terminal.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    app::{Environment, Place, Setting},
    client::Service,
    config::{self, Config, Context, settings},
    domain::{Clean, Failure, FailureKind},
    flow::{Alert, Configured, Consoles, Intervals, SavedView, ScreenId, SourceId, Viewing, estate},
    keymap::Keymap,
    present::{Look, column::TimeStyle},
    screens::review::Terms,
    ui::theme::{BuiltIn, Surroundings, Theme},
};

/// A dashboard to be shown.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// The configuration.
    pub config: Config,
    /// The context to show first.
    pub place: Place,
    /// All contexts that can be shown.
    pub places: Vec<Place>,
    /// The theme asked for on the command line.
    pub theme: Option<settings::Theme>,
    /// The terminal shows ASCII only.
    pub ascii: bool,
    /// A line for the first frame.
    pub greeting: Option<String>,
    /// Nothing is configured: ask what to do first.
    pub welcome: bool,
    /// Files that are all there is to show.
    pub view: Option<Viewing>,
}

impl Dashboard {
    /// The app's setting at `now`.
    ///
    /// # Errors
    /// A theme file or a key of the configuration cannot be used.
    pub fn setting(self, now: Timestamp) -> Result<Setting, Failure> {
        let ui = &self.config.ui;
        let (theme, on_light) = theme(self.theme.as_ref().unwrap_or(&ui.theme))?;
        let overrides = self.config.keys.iter().map(|(id, keys)| (id.as_str(), keys.clone()));
        let keymap = Keymap::default().with_overrides(overrides).map_err(|error| {
            Failure::new(FailureKind::Configuration, format!("[keys] {error}")).hint("`certdeck keys` lists them all")
        })?;
        let times = match ui.time {
            settings::TimeStyle::Utc => TimeStyle::Utc,
            settings::TimeStyle::Local => TimeStyle::Local,
            settings::TimeStyle::Relative => TimeStyle::Relative,
        };
        let ascii = self.ascii || ui.glyphs == settings::Glyphs::Ascii;
        Ok(Setting {
            place: self.place,
            places: self.places,
            intervals: intervals(ui.refresh, &self.config.refresh),
            theme,
            on_light,
            keymap,
            look: Look { now, times, zone: TimeZone::system, ascii },
            terms: terms(&self.config.approve),
            views: views(&self.config.views),
            greeting: self.greeting,
            welcome: self.welcome,
            view: self.view,
            alert: alert(self.config.io.notify),
        })
    }
}

/// How the desktop is told of something.
const fn alert(notify: settings::Notify) -> Option<Alert> {
    match notify {
        settings::Notify::Osc9 => Some(Alert::Osc9),
        settings::Notify::Osc777 => Some(Alert::Osc777),
        settings::Notify::Bell => Some(Alert::Bell),
        settings::Notify::Off => None,
    }
}

/// The saved views of the screens that have lists; the filter is read when a view is shown.
fn views(of: &BTreeMap<String, BTreeMap<String, config::View>>) -> Vec<SavedView> {
    let screens =
        [("acme", ScreenId::Acme), ("ca", ScreenId::Cas), ("reports", ScreenId::Reports), ("audit", ScreenId::Audit)];
    let mut views = Vec::new();
    for (word, screen) in screens {
        for (name, view) in of.get(word).into_iter().flatten() {
            let sort = view.sort.as_deref().map(|sort| match sort.strip_prefix('-') {
                Some(column) => (column.to_owned(), true),
                None => (sort.to_owned(), false),
            });
            let (name, filter) = (name.clone(), view.filter.clone().unwrap_or_default());
            let (group, columns) = (view.group.clone().unwrap_or_default(), view.columns.clone());
            views.push(SavedView { screen, name, filter, sort, group, columns });
        }
    }
    views
}

fn terms(approve: &settings::Approve) -> Terms {
    let span = |wait: Duration| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    Terms { comment_min: approve.comment_min, hold: span(approve.hold), impact_age: span(approve.max_impact_age) }
}

fn intervals(usual: Duration, apart: &settings::Refresh) -> Intervals {
    let seconds = |every: Duration| i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
    SourceId::ALL.into_iter().fold(Intervals::every(seconds(usual)), |all, id| match apart.0.get(id.word()) {
        Some(every) => all.with(id, seconds(*every)),
        None => all,
    })
}

/// A context that can be shown; `account` is the one of DigiCert ONE that is configured.
pub fn place(name: &str, environment: Environment, services: &[Service], account: Option<&str>) -> Place {
    let services = services.iter().map(|service| of_flow(*service)).collect();
    let account = account.map(Clean::new);
    Place {
        name: Clean::new(name),
        environment,
        services,
        account,
        read_only: None,
        configured: Arc::default(),
        consoles: Consoles::default(),
    }
}

/// The web consoles of a context.
pub fn consoles(context: &Context) -> Consoles {
    let config::Console { acme, ca, reports, audit } = config::Console::of(context);
    let pages = [(ScreenId::Acme, acme), (ScreenId::Cas, ca), (ScreenId::Reports, reports), (ScreenId::Audit, audit)];
    Consoles::new(pages.into_iter().filter_map(|(screen, page)| Some((screen, page?))))
}

/// What the configuration of a context says of certificates.
pub fn configured(context: &Context) -> Configured {
    Configured {
        lifetimes: context.partner.as_ref().map(config::Partner::lifetimes).unwrap_or_default(),
        servers: context.probe.names.iter().map(|server| server.name.clone()).collect(),
        servers_only: context.probe.named_only,
    }
}

/// The service as the flow names it; the flow does not know the client.
pub fn of_flow(service: Service) -> estate::Service {
    match service {
        Service::CertCentral => estate::Service::CertCentral,
        Service::Partner => estate::Service::Partner,
        Service::One => estate::Service::One,
    }
}

/// The theme, and the one for a light background when only the terminal can tell which it has.
fn theme(wanted: &settings::Theme) -> Result<(Theme, Option<BuiltIn>), Failure> {
    let around = Surroundings::of_process();
    if around.no_color {
        return Ok((Theme::mono(), None));
    }
    if *wanted == settings::Theme::Auto {
        let (theme, name) = around.theme();
        let ask = name == "dark" && around.color_fg_bg.is_empty();
        return Ok((theme, ask.then_some(Theme::light as BuiltIn)));
    }
    named(wanted).map(|theme| (theme, None))
}

fn named(wanted: &settings::Theme) -> Result<Theme, Failure> {
    match wanted {
        settings::Theme::Auto | settings::Theme::Dark => Ok(Theme::dark()),
        settings::Theme::Light => Ok(Theme::light()),
        settings::Theme::Ansi16 => Ok(Theme::ansi16()),
        settings::Theme::Mono => Ok(Theme::mono()),
        settings::Theme::File(path) => {
            let unusable = |why: String| Failure::new(FailureKind::Configuration, format!("{}: {why}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| unusable(error.kind().to_string()))?;
            Theme::parse(&text).map_err(unusable)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ids::ContractId, name::Name};

    #[test]
    fn lifetimes_and_servers_of_the_configuration_reach_the_screens() {
        let text = "[context.a]\nenvironment = \"demo\"\n[context.a.partner]\nparent_key = { env = \"K\" }\n\
                    lifetime = { 12345 = 90 }\n[[context.a.probe.name]]\nname = \"*.lab.example.com\"\n\
                    host = \"192.0.2.1\"\n";
        let config = Config::parse(text, std::path::Path::new("/etc/certdeck/config.toml")).unwrap();
        let said = configured(config.context(Some("a")).unwrap());
        assert_eq!(said.lifetimes.get(&ContractId::new("12345")), Some(&SignedDuration::from_hours(2_160)));
        assert!(said.servers.contains(&Name::new("*.lab.example.com")) && !said.servers_only);
    }

    #[test]
    fn every_source_can_have_an_interval_of_its_own() {
        assert_eq!(SourceId::ALL.map(SourceId::word).to_vec(), settings::SOURCES.to_vec());
        let apart = settings::Refresh([("audit", Duration::from_secs(15))].into());
        let all = intervals(Duration::from_mins(1), &apart);
        assert_eq!((all.of(SourceId::Audit), all.of(SourceId::Acme)), (15, 60));
    }
}
