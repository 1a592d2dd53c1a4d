//! How home is drawn.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use super::summary::{Summary, WEEKS};
use crate::{
    domain::{
        ca::{Crl, EffectiveState},
        identity::{CertCentralUser, OneUser},
        subject::Subject,
    },
    flow::{Cx, Geometry, Source, SourceId, source::Phase},
    present::{Tone, audit, ca, moment},
    screens::{Layout, ViewCx},
    ui::{
        Role, bar,
        table::ground,
        text::{count, fit, put},
    },
};

/// Draws all sections that fit, in order of weight.
pub fn draw(summary: &Summary, cursor: usize, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Geometry {
    let wide = Layout::of(view.cx.size) == Layout::Wide;
    let mut rest = area;
    if wide {
        let half = Rect { width: 64.min(area.width), ..area };
        let side = Rect { x: area.x + half.width, width: area.width - half.width, ..area };
        since(view, side, buf);
        rest = needs(summary, cursor, view, half, buf);
        rest = Rect { width: area.width, ..rest };
    } else {
        rest = needs(summary, cursor, view, rest, buf);
    }
    rest = weeks(summary, view, gap(rest), buf);
    if wide {
        let half = Rect { width: 64.min(area.width), ..gap(rest) };
        let side = Rect { x: area.x + half.width, width: area.width - half.width, ..half };
        let below = sources(view, half, buf);
        let beside = health(view, side, buf);
        rest = if below.y > beside.y { below } else { beside };
        rest = Rect { x: area.x, width: area.width, ..rest };
    } else {
        rest = health_line(view, gap(rest), buf);
    }
    latest(view, if wide { gap(rest) } else { rest }, buf);
    Geometry { page: summary.lines.len().max(1), first: 0 }
}

fn gap(area: Rect) -> Rect {
    below(area, 1)
}

fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

fn heading(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer, text: &str, note: &str) -> Rect {
    if area.height > 0 {
        let left =
            [(format!(" {text}   "), view.theme.style(Role::Text)), (note.to_owned(), view.theme.style(Role::Muted))];
        bar::draw(buf, Rect { height: 1, ..area }, view.theme.style(Role::Page), &left, &[], view.cx.look.ascii);
    }
    below(area, 1)
}

fn needs(summary: &Summary, cursor: usize, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let (theme, look) = (view.theme, view.cx.look);
    let mut rest = heading(view, area, buf, "NEEDS YOU", "");
    if let Some((text, tone)) = standing(summary, view).filter(|_| rest.height > 0) {
        let text = format!("{} {text}", look.glyph(tone));
        let room = rest.width.saturating_sub(1);
        put(buf, (rest.x + 1, rest.y), room, &fit(&text, room, look.ascii), theme.tone(tone));
        rest = below(rest, 1);
    }
    for (position, line) in summary.lines.iter().enumerate() {
        if rest.height == 0 {
            break;
        }
        let selected = position == cursor;
        let ground = ground(theme, selected);
        buf.set_style(Rect { height: 1, width: rest.width.saturating_sub(1), ..rest }, ground);
        if selected {
            let mark = if look.ascii { ">" } else { "▌" };
            put(buf, (rest.x, rest.y), 1, mark, ground.patch(theme.style(Role::Accent)));
        }
        let style = ground.patch(theme.tone(line.tone));
        let x = put(buf, (rest.x + 1, rest.y), 2, look.glyph(line.tone), style);
        let number = line.count.map(|number| format!("{:>4}", count(number)));
        let x = number.map_or(x + 1, |number| put(buf, (x + 1, rest.y), 8, &number, style) + 2);
        let room = rest.right().saturating_sub(x + 1);
        put(buf, (x, rest.y), room, &fit(&line.words, room, look.ascii), ground);
        rest = below(rest, 1);
    }
    rest
}

/// What the figures do not say: what could not be read is never taken for nothing.
fn standing(summary: &Summary, view: &ViewCx<'_>) -> Option<(String, Tone)> {
    let states: Vec<_> = SourceId::ALL.into_iter().map(|id| (id, view.cx.estate.status(id))).collect();
    let failed: Vec<&str> =
        states.iter().filter(|(_, s)| s.failure.is_some() || !s.complete).map(|(id, _)| id.noun()).collect();
    let reading = states.iter().any(|(_, s)| s.loading && s.read_at.is_none());
    match failed.as_slice() {
        [] if reading && summary.lines.is_empty() => Some(("reading…".to_owned(), Tone::Muted)),
        [] if summary.lines.is_empty() => Some(("nothing".to_owned(), Tone::Ok)),
        [] => None,
        [one] => Some((format!("not all of this is known: {one} could not be read"), Tone::Stale)),
        [first, ..] => {
            let others = failed.len() - 1;
            Some((format!("not all of this is known: {first} and {others} others could not be read"), Tone::Stale))
        }
    }
}

fn since(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
    let rest = heading(view, area, buf, "SINCE YESTERDAY", "");
    if rest.height > 0 {
        let style = view.theme.style(Role::Muted);
        put(buf, (rest.x + 1, rest.y), rest.width - 1, "no baseline yet", style);
    }
}

fn weeks(summary: &Summary, view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let (theme, look) = (view.theme, view.cx.look);
    let wide = Layout::of(view.cx.size) == Layout::Wide;
    let note = if wide { "next 12 weeks, certificates per week; renewed and revoked ones left out" } else { "" };
    let rest = heading(view, area, buf, "ENDS NOT YET RENEWED", note);
    let columns = if wide { 2 } else { 3 };
    let rows = WEEKS / columns;
    let cell = rest.width / u16::try_from(columns).unwrap_or(1);
    let most = summary.weeks.iter().map(|(_, names)| *names).max().unwrap_or_default().max(1);
    let digits = count(most).len().max(4);
    for (week, (start, names)) in summary.weeks.iter().enumerate() {
        let (column, row) = (week / rows, u16::try_from(week % rows).unwrap_or_default());
        if row >= rest.height {
            continue;
        }
        let x = rest.x + 1 + cell * u16::try_from(column).unwrap_or_default();
        let y = rest.y + row;
        let day = Timestamp::from_second(*start).map(|at| at.strftime("%d %b").to_string()).unwrap_or_default();
        let x = put(buf, (x, y), 8, &day, theme.style(Role::Muted));
        let number = format!(" {:>digits$} ", count(*names));
        let x = put(buf, (x, y), cell, &number, theme.style(Role::Text));
        let room = (rest.x + 1 + cell * u16::try_from(column + 1).unwrap_or(1)).saturating_sub(x + 2);
        let bar = usize::from(room) * names / most;
        let (glyph, role) = if week < 2 {
            (if look.ascii { "#" } else { "█" }, Role::Critical)
        } else {
            (if look.ascii { ":" } else { "░" }, Role::Muted)
        };
        put(buf, (x, y), room, &glyph.repeat(bar.max(usize::from(*names > 0))), theme.style(role));
    }
    below(rest, u16::try_from(rows).unwrap_or_default())
}

fn sources(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let (theme, look) = (view.theme, view.cx.look);
    let mut rest = heading(view, area, buf, "SOURCES", "what was read, and when");
    for id in SourceId::ALL {
        if rest.height == 0 {
            break;
        }
        let status = view.cx.estate.status(id);
        let (tone, text) = match (&status.failure, status.read_at, status.loading) {
            (Some(failure), ..) => (Tone::Critical, failure.title.to_string()),
            (None, _, true) if status.read_at.is_none() => (Tone::Pending, format!("reading… {}", count(status.rows))),
            (None, Some(at), _) => {
                let age = moment::age(look.now.as_second() - at.as_second());
                let rows = match id {
                    SourceId::CertCentralUser => view.cx.estate.cert_central_user.one().map(CertCentralUser::reach),
                    SourceId::OneUser => view.cx.estate.one_user.one().map(OneUser::reach),
                    _ if !status.complete => Some(format!("{} PARTIAL", count(status.rows))),
                    _ => None,
                };
                let rows = rows.unwrap_or_else(|| count(status.rows));
                (if status.complete { Tone::Ok } else { Tone::Critical }, format!("{rows} · {age} ago"))
            }
            (None, None, _) => (Tone::Muted, "not configured".to_owned()),
        };
        let x = put(buf, (rest.x + 3, rest.y), 2, look.glyph(tone), theme.tone(tone)) + 1;
        put(buf, (x, rest.y), 22, id.noun(), theme.style(Role::Text));
        let x = rest.x + 28;
        let room = rest.right().saturating_sub(x + 2);
        put(
            buf,
            (x, rest.y),
            room,
            &fit(&text, room, look.ascii),
            theme.tone(if tone == Tone::Ok { Tone::Muted } else { tone }),
        );
        rest = below(rest, 1);
    }
    rest
}

/// CRLs whose next update is nearest, late ones first.
fn nearest<'a>(cx: &Cx<'a>, most: usize) -> Vec<&'a Crl> {
    let mut crls: Vec<&Crl> = cx.estate.crls.rows().iter().filter(|crl| crl.next_update.at().is_some()).collect();
    let most = most.min(crls.len());
    if most < crls.len() {
        crls.select_nth_unstable_by(most, |a, b| a.next_update.cmp(&b.next_update).then_with(|| a.id.cmp(&b.id)));
        crls.truncate(most);
    }
    crls.sort_by(|a, b| a.next_update.cmp(&b.next_update).then_with(|| a.id.cmp(&b.id)));
    crls
}

fn unreadable<T: Subject>(source: &Source<T>, cx: &Cx<'_>) -> Option<String> {
    match cx.phase(source) {
        Phase::Failed => source.failure().map(|failure| failure.title.to_string()),
        Phase::Loading => Some("reading…".to_owned()),
        Phase::Idle => Some("not configured".to_owned()),
        _ => None,
    }
}

fn health(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let (theme, look) = (view.theme, view.cx.look);
    let mut rest = heading(view, area, buf, "CA HEALTH", "next CRL of each CA, the nearest first");
    if let Some(why) = unreadable(&view.cx.estate.crls, &view.cx) {
        let room = rest.width.saturating_sub(4);
        put(buf, (rest.x + 3, rest.y), room, &fit(&why, room, look.ascii), theme.style(Role::Muted));
        return below(rest, 1);
    }
    for crl in nearest(&view.cx, 11) {
        if rest.height == 0 {
            break;
        }
        let left = crl.next_update.seconds_from(look.now).unwrap_or_default();
        let (tone, text) = if left < 0 {
            (Tone::Critical, format!("{} late", moment::age(-left)))
        } else {
            (Tone::Ok, format!("in {}", moment::age(left)))
        };
        let record = view.cx.estate.cas.rows().iter().find(|ca| ca.id == crl.ca);
        let name = record.map_or(&crl.name, |ca| &ca.name);
        let x = put(buf, (rest.x + 3, rest.y), 2, look.glyph(tone), theme.tone(tone)) + 1;
        let masked = if look.ascii { "*****" } else { "•••••" };
        let shown = fit(if view.privacy { masked } else { name }, 26, look.ascii);
        put(buf, (x, rest.y), 26, &shown, theme.style(Role::Text));
        let hosted = record.map_or("", |ca| ca::hosted(ca));
        put(buf, (x + 28, rest.y), 9, hosted, theme.style(Role::Muted));
        put(buf, (x + 38, rest.y), rest.right().saturating_sub(x + 38), &text, theme.tone(tone));
        rest = below(rest, 1);
    }
    rest
}

fn health_line(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let (theme, look) = (view.theme, view.cx.look);
    if area.height == 0 {
        return area;
    }
    let late = view.cx.estate.crls.rows().iter().filter(|c| c.next_update.at().is_some_and(|at| at < look.now)).count();
    let cas = view.cx.estate.cas.rows();
    let fine = cas
        .iter()
        .filter(|ca| matches!(ca.effective_state(look.now).0, EffectiveState::Active | EffectiveState::Trust))
        .count();
    let text = match unreadable(&view.cx.estate.cas, &view.cx) {
        Some(why) => why,
        None => format!("{} active of {} · {late} CRLs late", count(fine), count(cas.len())),
    };
    let left = [(" CAs   ".to_owned(), theme.style(Role::Text)), (text, theme.style(Role::Muted))];
    bar::draw(buf, Rect { height: 1, ..area }, theme.style(Role::Page), &left, &[], look.ascii);
    below(area, 1)
}

fn latest(view: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
    let (theme, look) = (view.theme, view.cx.look);
    let wide = Layout::of(view.cx.size) == Layout::Wide;
    let mut rest = if wide { heading(view, area, buf, "LATEST AUDIT", "") } else { area };
    if let Some(why) = unreadable(&view.cx.estate.audit, &view.cx).filter(|_| rest.height > 0) {
        let room = rest.width.saturating_sub(4);
        put(buf, (rest.x + 3, rest.y), room, &fit(&why, room, look.ascii), theme.style(Role::Muted));
        return;
    }
    for event in view.cx.estate.audit.rows().iter().take(usize::from(rest.height)) {
        let time = moment::short(&event.at, look);
        let indent = if wide { 3 } else { 1 };
        let x = put(buf, (rest.x + indent, rest.y), 13, &time, theme.style(Role::Muted)) + 2;
        let masked = if look.ascii { "*****" } else { "•••••" };
        let who = fit(if view.privacy { masked } else { audit::who(event) }, 11, look.ascii);
        put(buf, (x, rest.y), 11, &who, theme.style(Role::Text));
        let action = audit::action(event);
        put(buf, (x + 13, rest.y), 27, &fit(&action, 27, look.ascii), theme.style(Role::Text));
        let room = rest.right().saturating_sub(x + 42 + 1);
        let what = if view.privacy { masked } else { audit::what(event) };
        put(buf, (x + 42, rest.y), room, &fit(what, room, look.ascii), theme.style(Role::Muted));
        rest = below(rest, 1);
    }
}
