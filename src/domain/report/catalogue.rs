//! Types, columns and words that the contract names. The lists that an account really has cannot be fetched, since their
//! paths are not public: what is here is an offer, and any other identifier can be typed.

/// A report type and what it is about (contract, `ReportType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportType {
    /// Type word.
    pub word: &'static str,
    /// What its rows are.
    pub about: &'static str,
    /// Columns that are named on public pages; none are for types other than `orders`.
    pub columns: &'static [&'static str],
}

/// All types that are known.
pub const TYPES: &[ReportType] = &[
    ReportType { word: "orders", about: "certificate orders", columns: ORDER_COLUMNS },
    ReportType { word: "domains", about: "domains and their validation", columns: &[] },
    ReportType { word: "balance-history", about: "balance and transactions", columns: &[] },
    ReportType { word: "audit-logs", about: "audit log entries", columns: &[] },
    ReportType { word: "organizations", about: "organizations and their validation", columns: &[] },
    ReportType { word: "fqdn", about: "names and wildcards of active orders, EXCEL only", columns: &[] },
    ReportType { word: "users", about: "users of the account", columns: &[] },
];

/// Formats (contract, `ReportFormat`).
pub const FORMATS: &[&str] = &["CSV", "JSON", "EXCEL"];
/// Operators of filters that were seen (contract, `KnownFilterOperator`).
pub const OPERATORS: &[&str] = &["in", "contains", "custom_date", "last_30_days"];
/// How often a report runs.
pub const FREQUENCIES: &[&str] = &["ON_DEMAND", "WEEKLY", "MONTHLY"];
/// Weekdays.
pub const WEEKDAYS: &[&str] = &["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
/// Which of the weekdays of a month.
pub const WEEKS: &[&str] = &["FIRST", "SECOND", "THIRD", "FOURTH", "LAST"];
/// The two forms of a monthly schedule: by weekday, by date.
pub const REPEATS: &[&str] = &["DAY_OF_THE_MONTH", "DATE_OF_THE_MONTH"];
/// Which divisions are in a report.
pub const DIVISIONS: &[&str] =
    &["INCLUDE_ALL_DIVISIONS", "INCLUDE_TOP_DIVISION", "CHOOSE_DIVISIONS", "EXCLUDE_ALL_DIVISIONS"];
/// Which subaccounts are in a report.
pub const SUBACCOUNTS: &[&str] = &["INCLUDE_ALL_SUB_ACCOUNTS", "EXCLUDE_ALL_SUB_ACCOUNTS", "CHOOSE_SUB_ACCOUNTS"];

/// Columns of `orders` (contract, `KnownOrderColumn`).
const ORDER_COLUMNS: &[&str] = &[
    "account_id",
    "additional_email",
    "certificate_id",
    "certificate_pem_format",
    "certificate_status",
    "certificate_validity_in_days",
    "common_name",
    "division_or_container_id",
    "number_of_sans",
    "order_created_date",
    "order_id",
    "order_status",
    "organization_name",
    "product_name",
    "request_state",
    "sans",
    "serial_number",
    "user_or_requester_email",
    "user_or_requester_name",
    "validity_end_date",
    "validity_start_date",
];

/// The columns of a type that are known; empty where none are.
pub fn columns(report_type: &str) -> &'static [&'static str] {
    TYPES.iter().find(|one| one.word == report_type).map_or(&[], |one| one.columns)
}
