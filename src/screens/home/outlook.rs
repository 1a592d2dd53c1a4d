//! What ends in the next weeks, and the renewals that shorter lifetimes bring.

use jiff::{ToSpan as _, civil::Date};

use super::line::{Body, Line, Section, Target};
use crate::{
    domain::acme::forecast::{Load, Week},
    flow::{Cx, ScreenId},
    present::Tone,
};

/// The filter of what renews.
const LIVE: &str = "lineage:live";

/// A line for each week, then one for each limit; none while nothing is judged.
pub fn lines(cx: &Cx<'_>) -> Vec<Line> {
    let Some(forecast) = cx.estate.judgement.forecast() else { return Vec::new() };
    forecast.weeks.iter().map(week).chain(forecast.load.iter().map(load)).collect()
}

fn week(week: &Week) -> Line {
    let Week { from, late, ahead } = *week;
    let to = from.saturating_add(7.days());
    Line {
        section: Section::Weeks,
        key: from.to_string(),
        body: Body::Week { from, late, ahead },
        tone: if late > 0 { Tone::Critical } else { Tone::Muted },
        target: Target::Screen(ScreenId::Acme, format!("lineage:last expires>={from} expires<{to}")),
    }
}

fn load(load: &Load) -> Line {
    let Load { limit, from, per_week, .. } = *load;
    Line {
        section: Section::Load,
        key: limit.to_string(),
        body: Body::Load { from, limit, per_week },
        tone: Tone::Text,
        target: Target::Screen(ScreenId::Acme, LIVE.to_owned()),
    }
}

/// The week that stands out, in a sentence; `None` when none does.
pub fn peak(cx: &Cx<'_>) -> Option<(Date, f64)> {
    let (week, times) = cx.estate.judgement.forecast()?.peak()?;
    (times >= 2.0).then_some((week.from, times))
}
