//! ACME certificates.

mod calendar;
pub mod estate;
mod forecast;
mod names;
pub mod row;

use self::estate::{Estate, Judged};
use super::{
    args::{Acme, Global},
    exit::{Exit, Outcome, Trouble},
    find::absent,
    grid::Grid,
    item::Item,
    listing::{self, Wish},
    session::{Desk, Print, warn_of},
    sheet::Source,
};
use crate::domain::{acme::AcmeCertificate, name::Name, serial::Serial, subject::View};

const KIND: &str = "acme.certificates";
/// Name of the service in `sources`.
pub const SOURCE: &str = "partner";

/// Runs an `acme` command.
pub fn run(what: &Acme, desk: &mut Desk<'_>) -> Outcome {
    let wish = Wish::<AcmeCertificate>::new(desk.global)?;
    match what {
        Acme::List => list(&wish, desk),
        Acme::Show { subject, probe } => show(subject, *probe, &wish, desk),
        Acme::Forecast => forecast::run(&wish, desk),
        Acme::Calendar => calendar::run(&wish, desk),
        Acme::Match { names } => names::run(names, &wish, desk),
    }
}

/// For a command whose output has one order only.
///
/// # Errors
/// Another order is asked for.
fn one_order(global: &Global, what: &str) -> Result<(), Trouble> {
    if global.sort.is_some() {
        return Err(Trouble::usage(format!("--sort: {what} has one order only; leave it out")));
    }
    Ok(())
}

fn list(wish: &Wish<AcmeCertificate>, desk: &mut Desk<'_>) -> Outcome {
    let estate = Estate::read(desk)?;
    let exit = warn_of(SOURCE, &estate.data);
    let judged = estate.judged();
    let rows = wish.rows(judged.views(), judged.now());
    let look = desk.look();
    print(&judged, &rows, &|| listing::grid(&rows, &look), desk)?;
    Ok(exit)
}

fn show(subject: &str, probe: bool, wish: &Wish<AcmeCertificate>, desk: &mut Desk<'_>) -> Outcome {
    let mut estate = Estate::read(desk)?;
    let exit = warn_of(SOURCE, &estate.data);
    if probe {
        let judged = estate.judged();
        let about = wish.rows(judged.views().filter(|row| is_about(row, subject)), judged.now());
        let asked: Vec<usize> = about.iter().map(|row| row.index).collect();
        estate.probe(desk, &asked)?;
    }
    let judged = estate.judged();
    let rows = wish.rows(judged.views().filter(|row| is_about(row, subject)), judged.now());
    if rows.is_empty() {
        return absent("certificate has the name or serial number", subject, "`certdeck acme list`", exit);
    }
    let facts = || Grid::facts(&rows.iter().map(|row| row::item(*row, &judged)).collect::<Vec<_>>());
    print(&judged, &rows, &facts, desk)?;
    Ok(exit)
}

fn print(
    judged: &Judged<'_>,
    rows: &[View<'_, AcmeCertificate>],
    grid: &dyn Fn() -> Grid,
    desk: &mut Desk<'_>,
) -> Result<Exit, Trouble> {
    let data = &judged.estate().data;
    let item = |at: usize| rows.get(at).map_or_else(Item::default, |row| row::item(*row, judged));
    desk.print(Print {
        kind: KIND,
        members: row::MEMBERS,
        sources: vec![Source::read(SOURCE, data)],
        total: data.rows.len(),
        len: rows.len(),
        item: &item,
        grid,
        unknown: row::unknown(rows, judged),
        gaps: None,
    })
}

fn is_about(row: &AcmeCertificate, subject: &str) -> bool {
    let name = Name::new(subject);
    let named = std::iter::once(row.domain().into()).chain(row.names()).any(|known| known == (&name).into());
    named || Serial::parse(subject).is_some_and(|serial| row.serial() == Some((&serial).into()))
}
