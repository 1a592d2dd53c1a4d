//! Header, tabs, notice and footer. Environment, account, identity and write state stand at every size.

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

use super::{App, Environment, probing};
use crate::{
    domain::{
        ca::{RequestStatus, checks::Writing},
        report::ReportStatus,
    },
    flow::{
        LeftAlone, ScreenId, SourceId,
        estate::{Service, Status},
    },
    present::Tone,
    screens::{Layout, ViewCx},
    ui::{
        Role,
        bar::{self, Part},
        text::{count, width},
    },
};

impl App {
    /// Draws what surrounds a screen, and returns the area that is left for it.
    pub(super) fn chrome(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        let layout = Layout::of((area.width, area.height));
        let line = |y: u16| Rect { y, height: u16::from(y < area.bottom()), ..area };
        let theme = view.theme;
        let ascii = view.cx.look.ascii;
        self.header(view, line(area.y), buf, layout);
        if area.height < 6 {
            return Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
        }
        self.tabs(view, line(area.y + 1), buf, layout);
        let tight = area.height < 16;
        if !tight {
            bar::rule(buf, line(area.y + 2), theme.style(Role::Rule), ascii);
            bar::rule(buf, line(area.bottom() - 3), theme.style(Role::Rule), ascii);
            self.notice_line(view, line(area.bottom() - 2), buf);
        } else if self.notice().is_some() {
            self.notice_line(view, line(area.bottom() - 1), buf);
        }
        if !tight || self.notice().is_none() {
            self.footer(view, line(area.bottom() - 1), buf);
        }
        let (top, bottom) = if tight { (2, 1) } else { (3, 3) };
        Rect { y: area.y + top, height: area.height - top - bottom, ..area }
    }

    fn identity(&self) -> String {
        let one = self.estate.one_user.one().map(|user| match user.email.as_deref().and_then(|e| e.split_once('@')) {
            Some((login, _)) => login.to_owned(),
            None => user.name.to_string(),
        });
        one.or_else(|| self.estate.cert_central_user.one().map(|user| user.username.to_string())).unwrap_or_else(|| {
            let is_nobody = self.setting.place.environment == Environment::Files;
            if is_nobody { "no account" } else { "not known yet" }.to_owned()
        })
    }

    fn header(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, layout: Layout) {
        let theme = view.theme;
        let wide = layout == Layout::Wide;
        let (word, role) = match self.setting.place.environment {
            Environment::Demo => ("DEMO", Role::Accent),
            Environment::Test => ("TEST", Role::Accent),
            Environment::Files => ("FILES", Role::Accent),
            Environment::Production => ("PROD", Role::Danger),
        };
        let mut chip = theme.style(role).add_modifier(Modifier::BOLD);
        if role == Role::Danger {
            chip = chip.patch(theme.style(Role::Critical)).patch(theme.style(Role::Danger));
        }
        let muted = theme.style(Role::Muted);
        let text = theme.style(Role::Text);
        let name = if view.privacy { "•••".to_owned() } else { self.identity() };
        let mut left: Vec<Part> = Vec::new();
        if wide {
            left.push((" certdeck   ".to_owned(), theme.style(Role::Accent).add_modifier(Modifier::BOLD)));
            left.push((word.to_owned(), chip));
            left.push((format!("  {}   ", self.setting.place.name), text));
            left.push(("you ".to_owned(), muted));
            left.push((format!("{name}   "), text));
            let (text, role) = self.write_state(layout);
            left.push((text, theme.style(role)));
        } else {
            left.push((format!(" {word}"), chip));
            left.push((format!(" {}", self.setting.place.name), text));
            // Where there is little room the end is cut, and that must not be the write state.
            let (state, role) = self.write_state(layout);
            let state = (format!("  {state}"), theme.style(role));
            let name = (format!("  {name}"), text);
            left.extend(if layout == Layout::Medium { [name, state] } else { [state, name] });
        }
        let mut right = self.ages(view, layout);
        let clock = self.clock(view, wide);
        right.push((clock, muted));
        let room = area.width.saturating_sub(right.iter().map(|(text, _)| width(text)).sum());
        if room < 30 {
            right = right.pop().filter(|_| area.width >= 40).into_iter().collect();
        }
        bar::draw(buf, area, theme.style(Role::Page), &left, &right, view.cx.look.ascii);
    }

    /// Whether the context takes writes, in words or in a word.
    fn write_state(&self, layout: Layout) -> (String, Role) {
        let now = self.look.now;
        let long = matches!(layout, Layout::Wide | Layout::Medium);
        match self.writing() {
            Writing::On => (if long { "write on" } else { "rw" }.to_owned(), Role::Due),
            Writing::Until(until) if until > now && layout == Layout::Wide => {
                (format!("write on until {}", until.strftime("%H:%M")), Role::Due)
            }
            Writing::Until(until) if until > now => {
                let left = until.duration_since(now).as_secs();
                let minutes = left.div_euclid(60) + i64::from(left.rem_euclid(60) > 0);
                let text = if long { format!("write {minutes}m") } else { format!("rw {minutes}m") };
                (text, Role::Due)
            }
            Writing::Until(_) | Writing::Off | Writing::Never(_) => {
                (if long { "read-only" } else { "ro" }.to_owned(), Role::Muted)
            }
        }
    }

    /// The clock while it runs; when nothing is read by itself, the time of the newest read.
    fn clock(&self, view: &ViewCx<'_>, wide: bool) -> String {
        let now = view.cx.look.now;
        if self.setting.intervals.any() {
            return now.strftime(if wide { "  %H:%M:%SZ " } else { "  %H:%MZ " }).to_string();
        }
        let newest = SourceId::ALL.into_iter().filter_map(|id| self.estate.status(id).read_at).max();
        let read = newest.map_or_else(String::new, |at| at.strftime("as of %H:%MZ ").to_string());
        format!("  {read}")
    }

    fn ages(&self, view: &ViewCx<'_>, layout: Layout) -> Vec<Part> {
        let look = view.cx.look;
        let mut parts = Vec::new();
        for service in &self.setting.place.services {
            let of_service = SourceId::ALL.into_iter().filter(|id| id.service() == *service);
            let states: Vec<Status> = of_service.map(|id| self.estate.status(id)).collect();
            let failed = states.iter().any(|s| s.failure.is_some());
            let partial = states.iter().any(|s| !s.complete);
            let oldest = states.iter().filter_map(|s| s.read_at).min();
            let age = oldest.map(|at| (look.now.as_second() - at.as_second()).max(0));
            let overdue = states.iter().any(|s| s.is_overdue(look.now));
            let tone = if failed || partial {
                Tone::Critical
            } else if overdue {
                Tone::Stale
            } else if oldest.is_none() || states.iter().any(|s| s.read_at.is_none()) {
                Tone::Pending
            } else {
                Tone::Ok
            };
            let age = match (layout, age) {
                (Layout::Wide, Some(age)) if self.setting.intervals.any() && tone != Tone::Pending => short_age(age),
                _ => String::new(),
            };
            let alone = self.left_alone.iter().any(|(place, until)| place.service == *service && *until > look.now);
            let (tone, word) = match (alone, layout) {
                (false, _) => (tone, ""),
                (true, Layout::Wide) => (Tone::Stale, " paused"),
                (true, _) => (Tone::Stale, ""),
            };
            let gap = if layout == Layout::Wide { "  " } else { " " };
            parts.push((format!("{gap}{} ", service.label()), view.theme.style(Role::Muted)));
            parts.push((format!("{}{age}{word}", look.glyph(tone)), view.theme.tone(tone)));
        }
        parts
    }

    fn tabs(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, layout: Layout) {
        let (theme, wide) = (view.theme, layout == Layout::Wide);
        let counts =
            [None, self.rows_of(SourceId::Acme), self.rows_of(SourceId::Cas), self.rows_of(SourceId::History), None];
        let words = match layout {
            Layout::Wide => ["Home", "ACME", "CAs", "Reports", "Audit"],
            Layout::Medium | Layout::Narrow => ["Home", "ACME", "CAs", "Rep", "Audit"],
            Layout::Tiny => ["", "", "", "", ""],
        };
        let mut left: Vec<Part> = vec![(" ".to_owned(), theme.style(Role::Text))];
        for ((screen, word), (number, rows)) in ScreenId::ALL.into_iter().zip(words).zip((1..).zip(counts)) {
            let active = screen == self.current;
            let rows = rows.filter(|_| wide).map_or_else(String::new, |rows| format!(" {}", count(rows)));
            let word = if word.is_empty() { String::new() } else { format!(" {word}") };
            let (open, close) = if active { ("[", "]") } else { (" ", " ") };
            let style =
                if active { theme.style(Role::Accent).add_modifier(Modifier::BOLD) } else { theme.style(Role::Muted) };
            let gap = match layout {
                Layout::Wide => "  ",
                Layout::Medium => " ",
                Layout::Narrow | Layout::Tiny => "",
            };
            left.push((format!("{open}{number}{word}{rows}{close}{gap}"), style));
        }
        let waiting = self.estate.requests.rows().iter().filter(|r| r.status == RequestStatus::Pending).count();
        let mut right: Vec<Part> = Vec::new();
        if waiting > 0 {
            let text = match (wide, waiting) {
                (true, 1) => "! 1 approval waits".to_owned(),
                (true, _) => format!("! {waiting} approvals wait"),
                (false, _) => format!("! {waiting}"),
            };
            right.push((text, theme.style(Role::Critical)));
        }
        let hint = if wide { "   : palette   ? help " } else { "   : ? " };
        right.push((hint.to_owned(), theme.style(Role::Muted)));
        bar::draw(buf, area, theme.style(Role::Page), &left, &right, view.cx.look.ascii);
    }

    fn rows_of(&self, id: SourceId) -> Option<usize> {
        let status = self.estate.status(id);
        (status.read_at.is_some() || status.rows > 0).then_some(status.rows)
    }

    fn notice_line(&self, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let theme = view.theme;
        let alone = self.alone(view).filter(|_| self.notice().is_none_or(|notice| notice.is_fault));
        let part = match self.notice() {
            _ if alone.is_some() => (alone.unwrap_or_default(), theme.style(Role::Stale)),
            Some(notice) if notice.is_fault => (format!(" ! {}", notice.text), theme.style(Role::Critical)),
            _ if self.waiting(view).is_some() => (self.waiting(view).unwrap_or_default(), theme.style(Role::Due)),
            Some(notice) => (format!(" {}", notice.text), theme.style(Role::Text)),
            None => match self.estate.evidence.run() {
                Some(run) => (format!(" {}", probing::told(run)), theme.style(Role::Muted)),
                None => (format!(" {}", self.standing(view)), theme.style(Role::Muted)),
            },
        };
        bar::draw(buf, area, theme.style(Role::Page), &[part], &[], view.cx.look.ascii);
    }

    /// The wait that a service asked for while it was read.
    fn waiting(&self, view: &ViewCx<'_>) -> Option<String> {
        let now = view.cx.look.now.as_second();
        let (service, until) = self.paused.iter().find(|(_, until)| until.as_second() > now)?;
        let left = until.as_second() - now;
        Some(format!(" {} asks to slow down: reading goes on in {left} s.", service.label()))
    }

    /// Which place is not asked because it keeps failing, why, and when it is tried again.
    fn alone(&self, view: &ViewCx<'_>) -> Option<String> {
        let now = view.cx.look.now;
        let (LeftAlone { place, cause, .. }, until) = self.left_alone.iter().find(|(_, until)| *until > now)?;
        let left = until.duration_since(now).as_millis().unsigned_abs().div_ceil(1_000);
        Some(format!(" ~ {place} keeps failing ({cause}): left alone, tried again in {left} s."))
    }

    /// What stands in the notice line when nothing happened: what is being read, or when the next read comes.
    fn standing(&self, view: &ViewCx<'_>) -> String {
        let mine = || SourceId::ALL.into_iter().filter(|id| self.setting.place.services.contains(&id.service()));
        let loading: Vec<&str> = mine().filter(|id| self.estate.status(*id).loading).map(SourceId::noun).collect();
        if !loading.is_empty() {
            return format!("reading {}…", loading.join(", "));
        }
        let failed: Vec<&str> =
            mine().filter(|id| self.estate.status(*id).failure.is_some()).map(SourceId::noun).collect();
        if let Some((first, others)) = failed.split_first() {
            let others = if others.is_empty() { String::new() } else { format!(" and {} others", others.len()) };
            return format!("Not read: {first}{others}; what is here is older. r reads again, home says why.");
        }
        if self.current == ScreenId::Reports
            && let Some(running) = self.estate.reports.rows().iter().find(|r| r.status == ReportStatus::Generating)
        {
            return format!("You will be told when {} is READY.", running.name);
        }
        if let Some(legend) = self.screen(self.current).legend(&view.cx).filter(|_| self.viewer.is_none()) {
            return legend.to_owned();
        }
        let now = view.cx.look.now.as_second();
        let states: Vec<Status> = mine().map(|id| self.estate.status(id)).collect();
        let since = |at: jiff::Timestamp| now.saturating_sub(at.as_second()).max(0);
        let oldest = states.iter().filter_map(|status| status.read_at).min();
        let next = states
            .iter()
            .filter(|status| status.interval > 0)
            .filter_map(|status| Some((status.interval - since(status.read_at?)).max(0)));
        match oldest {
            None if self.setting.place.environment == Environment::Files => {
                "Read from files of this machine. No service is asked.".to_owned()
            }
            None if self.setting.place.services == [] as [Service; 0] => "No service is configured.".to_owned(),
            None => String::new(),
            Some(at) => match next.min() {
                None => "All sources read. r reads again; automatic reading is off.".to_owned(),
                Some(next) => format!("All sources read {} s ago. Next automatic read in {next} s.", since(at)),
            },
        }
    }
}

fn short_age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        _ => format!("{}h", seconds / 3_600),
    }
}
