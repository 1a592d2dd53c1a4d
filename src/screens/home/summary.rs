//! The lines of home, section by section, counted when data arrives.

use super::{
    health::{self, Tally},
    latest,
    line::{Body, Line, Section, Target},
    needs, outlook, since,
};
use crate::{
    flow::{Cx, ScreenId, SourceId},
    present::Tone,
    screens::Layout,
};

/// Rows of a terminal from which on more CAs show.
const TALL: u16 = 48;
/// CAs that show, and on a tall terminal.
const CAS: (usize, usize) = (4, 10);

/// All lines.
#[derive(Debug, Default)]
pub struct Summary {
    needs: Vec<Line>,
    since: Vec<Line>,
    /// Weeks, then limits.
    outlook: Vec<Line>,
    health: Vec<Line>,
    tally: Option<Line>,
    latest: Vec<Line>,
    /// CAs that were counted while they were being read.
    counted: usize,
}

impl Summary {
    /// Counts everything.
    pub fn count(&mut self, cx: &Cx<'_>) {
        self.needs = needs::lines(cx);
        self.since = since::lines(cx);
        self.outlook = outlook::lines(cx);
        self.latest = latest::lines(cx);
        self.count_cas(cx);
    }

    /// Counts what changes with a source.
    pub fn count_source(&mut self, source: SourceId, cx: &Cx<'_>) {
        match source {
            SourceId::Audit => {
                self.latest = latest::lines(cx);
                return;
            }
            SourceId::Acme | SourceId::Subaccounts => self.outlook = outlook::lines(cx),
            SourceId::Cas => {
                // A list under way is counted when it has doubled, so that all the counting costs no more than twice the
                // last one.
                let rows = cx.estate.cas.rows().len();
                if cx.estate.cas.is_loading() && (self.counted.max(1)..self.counted * 2).contains(&rows) {
                    return;
                }
                self.count_cas(cx);
            }
            SourceId::Crls | SourceId::Responders => self.count_cas(cx),
            SourceId::Requests
            | SourceId::History
            | SourceId::Templates
            | SourceId::OneUser
            | SourceId::CertCentralUser => {}
        }
        self.needs = needs::lines(cx);
    }

    /// Counts what changed since the baseline.
    pub fn count_changes(&mut self, cx: &Cx<'_>) {
        self.since = since::lines(cx);
    }

    fn count_cas(&mut self, cx: &Cx<'_>) {
        self.counted = cx.estate.cas.rows().len();
        let (lines, tally) = health::lines(cx);
        self.health = lines;
        self.tally = (self.counted > 0).then(|| tally_of(tally));
    }

    /// True when nothing needs anybody.
    pub const fn is_calm(&self) -> bool {
        self.needs.is_empty()
    }

    /// The lines that show at a size, in the order of the cursor.
    pub fn shown(&self, size: (u16, u16)) -> Vec<&Line> {
        let wide = Layout::of(size) == Layout::Wide;
        let cas = if size.1 < TALL { CAS.0 } else { CAS.1 };
        let of_load = |line: &&Line| line.section == Section::Load;
        let weeks = self.outlook.iter().filter(|line| line.section == Section::Weeks);
        let load = self.outlook.iter().filter(of_load).take(if wide { usize::MAX } else { 1 });
        let health = self.health.iter().take(if wide { cas } else { 0 });
        let tally = self.tally.iter().filter(|_| !wide);
        let (needs, since) = (self.needs.iter(), self.since.iter());
        needs.chain(since).chain(weeks).chain(load).chain(health).chain(tally).chain(&self.latest).collect()
    }

    /// The limits of lifetimes with their load.
    pub fn load(&self) -> impl Iterator<Item = &Line> {
        self.outlook.iter().filter(|line| line.section == Section::Load)
    }
}

/// All CAs in a line.
fn tally_of(tally: Tally) -> Line {
    let Tally { fine, soon, late, other } = tally;
    let parts = [(fine, "fine"), (soon, "look soon"), (late, "CRL late"), (other, "not in use")];
    let told = parts.into_iter().filter(|(count, _)| *count > 0);
    let words = told.map(|(count, word)| format!("{} {word}", crate::ui::text::count(count))).collect::<Vec<_>>();
    let tone = match (late, soon) {
        (1.., _) => Tone::Critical,
        (0, 1..) => Tone::Due,
        _ => Tone::Ok,
    };
    let words = words.join(" · ");
    let body = Body::Words { count: None, short: words.clone(), words, note: String::new(), is_private: false };
    let target = Target::Screen(ScreenId::Cas, String::new());
    Line { section: Section::Health, key: "tally".to_owned(), body, tone, target }
}
