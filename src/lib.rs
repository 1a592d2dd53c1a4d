//! certdeck: one calm terminal for a DigiCert estate.
//!
//! # The way of a message
//!
//! Everything that happens becomes a [`flow::Msg`] on one queue: a key, a timer, a reply of a service. The
//! [`runtime`] takes one and calls [`app::App::update`], the only code that changes state; it is synchronous, does no
//! I/O, and returns [`flow::Effect`]s, which the runtime performs. [`app::App::render`] draws the state.
//!
//! ```text
//!  keys mouse paste resize      timers        replies of services and store
//!           |                     |                   |
//!           v                     v                   |
//!    runtime::input ------> queue of Msg <------------+
//!                                 |
//!                     App::update(&mut self, Msg, now) ----> Vec<Effect>
//!    Keymap::available --| pure, the only writer                  |
//!    one table: dispatch,|                                        v
//!    footer, help        |                               runtime::perform
//!                     App::render(&self, ..) -> Geometry          |
//!                                                                 v
//!                                             client::Client     store::Store
//!                 endpoints -> retry -> pace -> auth -> Transport
//!
//!    main -> cli ---------> client, store, present   (no app, no ui)
//! ```
//!
//! # The map
//!
//! | module | what it is | knows |
//! |--|--|--|
//! | [`domain`] | certificates, CAs, requests, reports, events, the filter grammar, safe text | nothing else |
//! | [`config`] | contexts, credentials, paths | `domain` |
//! | [`client`] | the services: HTTP, keys, pace, retries, their JSON turned into the domain | `config`, `domain` |
//! | [`priority`] | how urgent the work of a thread is | nothing of ours |
//! | [`table`] | files of any size as rows: index, filter, sort, counts, export | `domain` |
//! | [`present`] | columns, texts, tones and times of records; table, command line and exports read them | `domain` |
//! | [`store`] | what is kept on this machine: the last good data, snapshots, the journal | `domain`, `priority` |
//! | [`writes`] | sends what changes a service, once: journal, client and the machine of a decision | `client`, `store`, `domain` |
//! | [`downloads`] | files of reports on this machine: fetched, checked, named, kept | `client`, `table`, `domain` |
//! | [`audit`] | audit events of all sources on this machine: read, kept, written as evidence | `client`, `store`, `downloads`, `table`, `domain` |
//! | [`flow`] | what flows through the loop: messages, effects, calls, lists, trees | `table`, `present`, `domain` |
//! | [`keymap`] | the one table of bindings | `flow` and below |
//! | [`ui`] | theme and widgets | `flow` and below |
//! | [`screens`] | one folder each: state, update, view | `ui` and below; not each other |
//! | [`app`] | routing, overlays, notices, header and footer | `screens`, `keymap` and below |
//! | [`runtime`] | the loop, tasks, the terminal | `app`, `audit`, `writes`, `downloads`, `client`, `store`, `config` and below |
//! | [`cli`] | commands, output formats, exit codes | `runtime`, `audit`, `writes`, `downloads`, `client`, `store`, `config`, `present`, `simulator` |
//! | `simulator` | a stand-in for the services, on the loopback | nothing of ours |
//!
//! Imports point down only (`imports_point_down`). A new screen is a folder and a line in [`screens::all`]; a new call is
//! a file in `client`, a [`flow::Call`] with its [`flow::Reply`], and a file in `simulator`.
//!
//! # Invariants
//!
//! Each is guarded by the tests named behind it; a test checks that they exist.
//!
//! 1. What draws takes `&self` and reads no clock: the same state at the same moment is the same frame.
//!    `what_draws_reads_no_clock`, `the_demonstration_is_the_same_each_time`
//! 2. Only [`app::App::update`] changes the app. It never waits; sorting and filtering of long lists is an effect.
//!    `crates_stay_behind_their_doors`, `a_key_pressed_while_something_is_read_is_not_lost`
//! 3. Effects are plain values; only the runtime turns them into work.
//!    `no_sequence_of_events_panics_writes_or_loses_the_selection`
//! 4. A reply carries the generation it was asked with; any but the newest changes nothing, and none of another context.
//!    `a_reply_that_was_not_asked_for_last_changes_nothing`,
//!    `slow_answers_of_the_first_context_change_nothing_in_the_second`
//! 5. A call belongs to a key; a newer one ends it, and a dropped one ends its exchange.
//!    `a_dropped_call_ends_its_exchange`
//! 6. A key works if and only if the keymap has it; dispatch, footer, help, palette and README read the same rows.
//!    `no_key_has_two_meanings`, `a_dead_key_says_why`, `the_readme_has_the_pictures_and_the_keys_of_the_program`
//! 7. A key of a service reaches its own origin and nothing else: no frame, message, text, argument or other host.
//!    `g10_no_key_is_in_any_of_twelve_places_after_every_fault`,
//!    `g10_g11_no_key_is_seen_anywhere_nor_sent_elsewhere_with_any_fault`,
//!    `g10_messages_and_effects_have_no_place_for_a_key`, `n09_g11_no_form_of_a_redirect_carries_the_key_away`,
//!    `g11_a_probe_sends_no_key_and_no_header`, `g10_no_key_is_in_any_text`, `a_key_is_no_argument_of_a_running_command`,
//!    `c06_a_key_in_the_environment_is_used_told_once_and_kept_from_key_commands`,
//!    `c08_an_abnormal_end_leaves_no_core_and_no_key`
//! 8. Nothing that comes from outside makes the program panic.
//!    `no_sequence_of_events_panics_writes_or_loses_the_selection`, `u03_every_size_draws_with_its_header`,
//!    `j13_depth_and_width_do_not_overflow_anything`
//! 9. A selection is by id, and is none or a visible row.
//!    `selection_follows_the_row_through_sort_filter_and_refresh`, `folds_keep_the_selection_visible`,
//!    `reading_again_keeps_the_row_under_the_cursor`
//! 10. Text reaches a cell only by calls that drop controls, and the terminal only by the writer of frames.
//!     `raw_ways_to_the_terminal_are_not_used`, `t17_answers_of_the_terminal_are_no_keys`
//! 11. The demonstration connects to this machine only, with keys of its own.
//!     `the_demo_needs_no_file_and_stays_on_this_machine`
//! 12. stdout of a command is data only; words go to stderr; exit codes are documented.
//!     `each_kind_of_failure_has_its_code_one_line_and_no_key`,
//!     `half_a_list_is_printed_said_and_has_the_code_of_the_other_half`
//! 13. Time, transport and input are injected: no function has a second form for tests.
//!     `functions_have_no_form_for_tests`
//! 14. What changes a service is sent once, after its intent is on the disk, and never by itself again; what became of
//!     it is told as far as it is known.
//!     `g9_every_crash_every_network_and_every_server_send_once_and_tell_the_truth`,
//!     `an_event_that_is_not_due_changes_nothing_and_sends_nothing`,
//!     `d14_a_kill_at_each_of_ten_points_leaves_the_right_verdict_and_the_lock`,
//!     `d13_each_asker_identity_state_and_kind_of_key_has_one_answer`

pub mod app;
pub mod audit;
pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod downloads;
pub mod flow;
pub mod keymap;
pub mod present;
pub mod priority;
pub mod runtime;
pub mod screens;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod store;
pub mod table;
pub mod ui;
pub mod writes;
