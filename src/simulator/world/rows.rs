//! Rows of reports, made from their number.

use serde_json::{Map, Value};

use crate::simulator::clock::{DAY, at, day, spaced};
use crate::simulator::noise::{hash, pick, signed, under};

const FIRST: [&str; 9] = ["pay", "login", "mx1", "vpn", "東京", "grafana", "b2b", "ftp", "shop-us"];
const WORDS: [&str; 12] = ["api", "www", "mail", "cdn", "img", "files", "wiki", "ci", "edge", "auth", "hr", "erp"];

/// Column identifiers that a report type knows, in their usual order.
pub(in crate::simulator) fn columns(kind: &str) -> &'static [&'static str] {
    match kind {
        "orders" => &[
            "order_id",
            "common_name",
            "sans",
            "order_status",
            "validity_end_date",
            "organization_name",
            "product_name",
            "user_or_requester_name",
            "serial_number",
            "certificate_id",
            "certificate_status",
            "validity_start_date",
            "order_created_date",
            "number_of_sans",
            "account_id",
            "additional_email",
            "certificate_validity_in_days",
            "division_or_container_id",
            "request_state",
            "user_or_requester_email",
            "certificate_pem_format",
            "comments",
            "price",
            "key_type",
        ],
        "domains" => &["domain_id", "domain_name", "status", "validation_expires", "organization_name"],
        "balance-history" => &["date", "transaction", "order_id", "amount", "balance", "user"],
        "audit-logs" => &["date", "user", "action", "object", "ip_address", "result"],
        "organizations" => &["organization_id", "organization_name", "status", "country", "validation_expires"],
        "users" => &["user_id", "username", "name", "role", "status", "last_login"],
        _ => &["fqdn", "order_id", "unit", "wildcard", "validity_end_date"],
    }
}

/// The value of one cell.
pub(in crate::simulator) fn cell(seed: u64, kind: &str, column: &str, n: u64) -> String {
    let noise = hash(seed, column, n);
    let person: &str = pick(&["svc-acme", "k.wirth", "d.ruiz", "req-04", "ops-one", "m.sato"], noise);
    let company: &str = pick(&["Acme Corp GmbH", "Acme US Inc", "アクメ株式会社", "Acme \"North\", Ltd"], noise);
    let end = at("2026-11-24") + i64::try_from(n % 520).unwrap_or(0) * DAY / 2;
    match column {
        "order_id" => (118_820_114 + n * 7).to_string(),
        "common_name" | "domain_name" | "fqdn" => name(seed, n),
        "sans" => format!("{};www.{}", name(seed, n), name(seed, n)),
        "order_status" | "certificate_status" => {
            pick(&["issued", "issued", "issued", "pending", "expired", "revoked"], noise).to_owned()
        }
        "status" if kind == "users" => pick(&["active", "active", "inactive"], noise).to_owned(),
        "status" => pick(&["active", "pending", "expired"], noise).to_owned(),
        "validity_end_date" | "validation_expires" => day(end),
        "validity_start_date" => day(end - 90 * DAY),
        "order_created_date" => day(end - 91 * DAY),
        "organization_name" | "unit" => company.to_owned(),
        "product_name" => pick(&["ssl_basic", "ssl_basic", "ssl_securesite", "ssl_multi"], noise).to_owned(),
        "user_or_requester_name" | "user" | "username" => person.to_owned(),
        "user_or_requester_email" | "additional_email" => format!("{person}@acme-corp.example"),
        "name" => {
            pick(&["Robin Adler", "Sam Okafor", "Alex Ito", "Noa Lind", "=cmd|' /C calc'!A0", "Kim Wirth"], noise)
                .to_owned()
        }
        "serial_number" => format!("{noise:016X}"),
        "certificate_id" | "domain_id" | "organization_id" | "user_id" => (9_000_000 + n).to_string(),
        "number_of_sans" => (1 + noise % 9).to_string(),
        "account_id" => "4410275".to_owned(),
        "certificate_validity_in_days" => "90".to_owned(),
        "division_or_container_id" => (60_417 + noise % 5).to_string(),
        "request_state" => "approved".to_owned(),
        "certificate_pem_format" => "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned(),
        "comments" => pick(&["", "", "", "two\nlines", "a, b", "=1+1"], noise).to_owned(),
        "price" | "amount" | "balance" => format!("{}.{:02}", noise % 5_000, noise % 97),
        "key_type" => pick(&["ECDSA P-256", "RSA 2048"], noise).to_owned(),
        "date" | "last_login" => {
            spaced(at("2026-11-16") - i64::try_from(n).unwrap_or(0) * 53 - signed(seed, column, n, 50))
        }
        "transaction" => pick(&["deposit", "order", "refund"], noise).to_owned(),
        "action" => pick(&["login", "order_placed", "certificate_issued", "report_run"], noise).to_owned(),
        "object" => format!("order {}", 118_820_114 + under(seed, "object", n, 9_000) * 7),
        "ip_address" => format!("10.20.{}.{}", noise % 9, noise % 250),
        "result" => pick(&["success", "success", "success", "failure"], noise).to_owned(),
        "country" => pick(&["DE", "US", "JP"], noise).to_owned(),
        "role" => pick(&["Administrator", "Standard user", "Finance Manager", "Manager"], noise).to_owned(),
        "wildcard" => noise.is_multiple_of(4).to_string(),
        _ => String::new(),
    }
}

fn name(seed: u64, n: u64) -> String {
    let first = usize::try_from(n).ok().and_then(|n| FIRST.get(n));
    let word = first.copied().unwrap_or_else(|| pick(&WORDS, hash(seed, "row name", n)));
    match first {
        Some(_) => format!("{word}.acme-corp.example"),
        None => format!("{word}-{n}.acme-corp.example"),
    }
}

/// One line of CSV (RFC 4180) with its line end.
pub(in crate::simulator) fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| {
            if cell.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.to_owned()
            }
        })
        .collect();
    format!("{}\r\n", cells.join(","))
}

/// One row as a JSON object.
pub(in crate::simulator) fn object(seed: u64, kind: &str, columns: &[String], n: u64) -> Value {
    let members: Map<String, Value> =
        columns.iter().map(|column| (column.clone(), Value::String(cell(seed, kind, column, n)))).collect();
    Value::Object(members)
}

/// One row of a worksheet.
pub(in crate::simulator) fn sheet_row(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| {
            let safe = cell.replace('&', "&amp;").replace('<', "&lt;");
            format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{safe}</t></is></c>")
        })
        .collect();
    format!("<row>{}</row>", cells.concat())
}
