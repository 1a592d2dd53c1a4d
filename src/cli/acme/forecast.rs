//! `certdeck acme forecast`: what ends in the next weeks with nothing newer, and the renewals that shorter lifetimes bring.

use super::{SOURCE, estate::Estate, one_order};
use crate::{
    cli::{
        exit::Outcome,
        grid::Grid,
        item::Item,
        listing::Wish,
        session::{Desk, Print, warn_of},
        sheet::Source,
    },
    domain::acme::{
        AcmeCertificate,
        forecast::{Forecast, Load, Week},
    },
    present::Align,
};

const KIND: &str = "acme.forecast";
const MEMBERS: &[&str] =
    &["measure", "from", "late", "ahead", "total", "limit_days", "per_week", "per_day", "assumption"];
/// Longest bar of a week, columns.
const BAR: usize = 40;

/// Runs `acme forecast`.
pub fn run(wish: &Wish<AcmeCertificate>, desk: &mut Desk<'_>) -> Outcome {
    one_order(desk.global, "a forecast")?;
    let estate = Estate::read(desk)?;
    let exit = warn_of(SOURCE, &estate.data);
    let judged = estate.judged();
    let kept: Vec<bool> = judged.views().map(|row| wish.keeps(row, judged.now())).collect();
    let keep = |row: u32| kept.get(row as usize).copied().unwrap_or(false);
    let forecast = Forecast::of_those(judged.rows, &judged.triage, judged.now(), keep);
    let mut items: Vec<Item> = forecast.weeks.iter().map(ends).collect();
    items.extend(forecast.load.iter().map(|load| renewals(load, &forecast.assumption)));
    let ascii = desk.console.ascii();
    desk.print(Print {
        kind: KIND,
        members: MEMBERS,
        sources: vec![Source::read(SOURCE, &estate.data)],
        total: items.len(),
        len: items.len(),
        item: &|at| items.get(at).cloned().unwrap_or_default(),
        grid: &|| grid(&forecast, ascii),
        unknown: Vec::new(),
        gaps: None,
    })?;
    Ok(exit)
}

fn ends(week: &Week) -> Item {
    Item::default()
        .with("measure", "ends")
        .with("from", week.from.to_string())
        .with("late", week.late)
        .with("ahead", week.ahead)
        .with("total", week.total())
        .nulls(&["limit_days", "per_week", "per_day", "assumption"])
}

fn renewals(load: &Load, assumption: &str) -> Item {
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    Item::default()
        .with("measure", "renewals")
        .with("from", load.from.map(|from| from.to_string()))
        .nulls(&["late", "ahead", "total"])
        .with("limit_days", load.limit)
        .with("per_week", tenths(load.per_week))
        .with("per_day", tenths(load.per_day))
        .with("assumption", assumption)
}

fn grid(forecast: &Forecast, ascii: bool) -> Grid {
    let most = forecast.weeks.iter().map(Week::total).max().unwrap_or(0).max(1);
    let mark = if ascii { "#" } else { "█" };
    let mut rows = vec![["WEEK FROM", "ENDS", "LATE", ""].map(str::to_owned).to_vec()];
    for week in &forecast.weeks {
        let bar = mark.repeat((week.total() * BAR).div_ceil(most));
        rows.push(vec![week.from.to_string(), week.total().to_string(), week.late.to_string(), bar]);
    }
    rows.push(vec![String::new(); 4]);
    rows.push(["LIFETIME", "PER WEEK", "PER DAY", "FROM"].map(str::to_owned).to_vec());
    for load in &forecast.load {
        let from = load.from.map_or_else(|| "now".to_owned(), |from| from.to_string());
        let figures = [load.per_week, load.per_day].map(|value| format!("{value:.1}"));
        let [per_week, per_day] = figures;
        rows.push(vec![format!("{} d", load.limit), per_week, per_day, from]);
    }
    rows.push(vec![String::new(); 4]);
    rows.push(vec![String::new(), String::new(), String::new(), forecast.assumption.clone()]);
    let columns = [Align::Left, Align::Right, Align::Right, Align::Left].map(|align| ("", align));
    Grid { columns: columns.to_vec(), rows, whole: true }
}
