//! Above the certificates: how many there are of each state, what ends in the next weeks, and the renewals to come.

use crate::{
    domain::acme::{
        forecast::{Forecast, Load, Week},
        state::State,
    },
    flow::{Cx, Judgement},
    present::{Tone, acme},
    screens::kind::Words,
    ui::text::count,
};

/// The lines; none while nothing is judged.
pub fn lines(cx: &Cx<'_>) -> Vec<Words> {
    let judgement = &cx.estate.judgement;
    let Some(forecast) = judgement.forecast() else { return Vec::new() };
    vec![tiles(judgement, cx), weeks(forecast, cx), load(forecast)]
}

/// States with their number; `F` filters by one.
fn tiles(judgement: &Judgement, cx: &Cx<'_>) -> Words {
    let shown = State::ALL.into_iter().filter(|state| judgement.count(*state) > 0);
    let tile = |state: State| {
        let text = format!("  {} {} {}", acme::glyph_of(state, cx.look), count(judgement.count(state)), state.word());
        (text, acme::tone_of(state))
    };
    shown.map(tile).collect()
}

/// Ends per week with nothing newer.
fn weeks(forecast: &Forecast, cx: &Cx<'_>) -> Words {
    let first = forecast.weeks.first().map_or_else(String::new, |week| week.from.strftime("%-d %b").to_string());
    let mut words = vec![(format!("  ends with nothing newer, weeks from {first} "), Tone::Muted)];
    let most = forecast.weeks.iter().map(Week::total).max().unwrap_or_default();
    for week in &forecast.weeks {
        let tone = if week.late > 0 { Tone::Due } else { Tone::Text };
        words.push((format!(" {}{}", bar(week.total(), most, cx.look.ascii), count(week.total())), tone));
    }
    if let Some((peak, times)) = forecast.peak().filter(|(_, times)| *times >= 2.0) {
        let text = format!("   {} is {times:.1} times the median", peak.from.strftime("%-d %b"));
        words.push((text, Tone::Muted));
    }
    words
}

/// A week as a bar of one cell.
fn bar(total: usize, most: usize, ascii: bool) -> &'static str {
    const STEPS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if ascii || most == 0 || total == 0 {
        return "";
    }
    STEPS.get((total * STEPS.len()).div_ceil(most).saturating_sub(1)).copied().unwrap_or("█")
}

/// Renewals under the present and the coming limits, and what that assumes.
fn load(forecast: &Forecast) -> Words {
    let one = |load: &Load| {
        let from = load.from.map_or_else(|| "now".to_owned(), |from| from.strftime("%b %Y").to_string());
        format!("  {} d {:.0} a week ({from})", load.limit, load.per_week)
    };
    let all: String = forecast.load.iter().map(one).collect();
    vec![
        ("  renewal load".to_owned(), Tone::Muted),
        (all, Tone::Text),
        (format!("   if all {} lineages renew at 2/3 of maximum life", count(forecast.live)), Tone::Muted),
    ]
}
