//! A line of home: what it says, and where it leads.

use jiff::{Timestamp, civil::Date};

use crate::{
    domain::{When, audit::AuditEvent, ids::CaId},
    flow::{Action, ScreenId},
    present::{Look, Tone, audit, moment},
    ui::text::count,
};

/// A part of home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What needs me.
    Needs,
    /// What changed since the baseline.
    Since,
    /// Ends of the next weeks with nothing newer.
    Weeks,
    /// Renewals that shorter lifetimes bring.
    Load,
    /// CRLs, responders and ends of CAs.
    Health,
    /// The newest events.
    Latest,
}

impl Section {
    /// All of them, in the order of the cursor.
    pub const ALL: [Self; 6] = [Self::Needs, Self::Since, Self::Weeks, Self::Load, Self::Health, Self::Latest];
}

/// Where a line leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A screen, and the filter that made the line.
    Screen(ScreenId, String),
    /// What a key does.
    Act(Action),
    /// Words, where no screen shows it.
    Said(String),
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A number of something, and a word beside it.
    Words {
        /// How many; `None` for what is not counted.
        count: Option<usize>,
        /// What they are.
        words: String,
        /// The same where there is little room.
        short: String,
        /// Which, or since when; the first to be cut. Privacy hides it when it is a name.
        note: String,
        /// The note holds names.
        is_private: bool,
    },
    /// Ends of a week.
    Week {
        /// Its first day (UTC).
        from: Date,
        /// Late, or due to renew.
        late: usize,
        /// Not due yet.
        ahead: usize,
    },
    /// Renewals under a limit of lifetimes.
    Load {
        /// From when on; `None` for today.
        from: Option<Date>,
        /// The limit, days.
        limit: u16,
        /// Renewals a week.
        per_week: f64,
    },
    /// A CA.
    Ca {
        /// Its id.
        id: CaId,
        /// Its name.
        name: String,
        /// How its key is held.
        hosted: String,
        /// When its next CRL is due; `None` when it has none.
        crl: Option<Timestamp>,
        /// Whether its responder works; `None` when it has none.
        responder: Option<bool>,
        /// Its end.
        until: When,
    },
    /// An event.
    Event(Box<AuditEvent>),
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Where it stands.
    pub section: Section,
    /// What tells it from others of its section, so that the cursor stays on it.
    pub key: String,
    /// What it says.
    pub body: Body,
    /// How bad that is.
    pub tone: Tone,
    /// Where it leads.
    pub target: Target,
}

impl Line {
    /// The line as text.
    pub fn text(&self, look: &Look) -> String {
        let glyph = look.glyph(self.tone);
        match &self.body {
            Body::Words { count: number, words, note, .. } => {
                let number = number.map_or_else(String::new, |number| format!("{}  ", count(number)));
                format!("{glyph} {number}{words}  {note}").trim_end().to_owned()
            }
            Body::Week { from, late, ahead } => {
                format!("{} {} end, {} of them late or due", from.strftime("%F"), count(late + ahead), count(*late))
            }
            Body::Load { limit, per_week, .. } => format!("{limit}-day limit {per_week:.0} a week"),
            Body::Ca { name, crl, .. } => {
                let crl = crl.map_or_else(String::new, |at| format!(" next CRL {}", moment::full(&When::At(at), look)));
                format!("{glyph} {name}{crl}")
            }
            Body::Event(event) => {
                let (at, who) = (moment::full(&event.at, look), audit::who(event));
                format!("{at} {who} {} {}", audit::action(event), audit::what(event))
            }
        }
    }
}
