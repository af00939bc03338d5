#include "client/chat/conversation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/fail.h"
#include "client/server_words.h"
#include "client/signals.h"
#include "wire/clean.h"
#include "wire/names.h"

namespace palabre::client {
namespace {

namespace typed = client::typed;

constexpr auto kSavePause = std::chrono::seconds(30);
// Messages replayed at most when a room is joined from a cursor.
constexpr std::uint32_t kMostAtOnce = 200;
// How long the end of a piped input waits for posts without an answer.
constexpr auto kLastPatience = std::chrono::seconds(10);

/// Whether the terminal understands escape sequences: a dumb or unnamed one would show them.
bool knows_escapes() {
  const char* const terminal =
      std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
  return terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

bool wants_plain(const ChatOptions& options) {
  return options.plain || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0 ||
         !knows_escapes();
}

/// At a line terminal SIGINT discards the draft instead.
std::vector<int> end_signals(const ChatOptions& options) {
  return wants_plain(options) ? std::vector{SIGTERM, SIGHUP, SIGINT} : std::vector{SIGTERM, SIGHUP};
}

bool wants_colour(const ChatOptions& options) {
  const char* const no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): as above
  return options.colour && !wants_plain(options) && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

Conversation::Conversation(boost::asio::io_context& io, const ChatOptions& options,
                           MakeTerminal make_terminal)
    : io_(io),
      options_(options),
      make_terminal_(std::move(make_terminal)),
      words_({wants_colour(options), client::local_offset_minutes}),
      saving_(io),
      leaving_(io) {
  (void)words_.day(wall_clock_now(), day_);  // no date line for today
}

Result<void> Conversation::open() {
  TRY(member_, MemberClient::open(
                   io_, options_.target, options_.strict, options_.nicks.wanted,
                   {[this] { take_outcomes(); }, [this](bool is_silent) { on_silence(is_silent); },
                    [this](const Error& error) { on_trouble(error); },
                    [this](const Error& error) { end(error); }}));
  if (const auto file = client::usual_cursor_file()) cursor_file_.emplace(*file);
  make_terminal();
  read_cursors();
  wanted_.insert(options_.target.room);
  join(options_.target.room, options_.target.invite.value_or(""));
  return {};
}

Result<void> Conversation::run() {
  TRY(open());
  const client::EndSignals signals(io_, end_signals(options_),
                                   [this](Error error) { end(std::move(error)); });
  save_now_and_then();
  member_->connector().start();
  io_.run();
  const int why = terminal_->output_failure();
  terminal_.reset();
  // EPIPE is no error: the reader has left, and all typed lines have been sent.
  if (!result_ || why == 0 || why == EPIPE) return result_;
  return fail(EX_IOERR,
              "Standard output cannot be written ({}): a part of what was said is missing there.",
              std::generic_category().message(why));
}

void Conversation::make_terminal() {
  client::Terminal::Hear hear{
      [this](const std::string& line) { take_line(line); }, [this] { on_end_of_input(); },
      [this](Error error) { end(std::move(error)); },
      [this](std::string_view before, std::string_view word) { return complete(before, word); },
      [this](std::string_view line) { return messages_in(line); }};
  terminal_ = make_terminal_          ? make_terminal_(std::move(hear))
              : wants_plain(options_) ? client::make_plain_terminal(io_, std::move(hear))
                                      : client::make_line_terminal(io_, std::move(hear));
  terminal_->set_prompt("> ");
}

void Conversation::say(std::string_view words) { terminal_->print(words_.notice(words)); }

void Conversation::go_to(const chat::RoomName& room) {
  const chat::RoomName before = std::exchange(here_, room);
  wanted_.erase(room);
  show_prompt();
  if (before == room) return;
  if (room.text.empty()) return say("You are in no room now. /join ROOM");
  if (!before.text.empty()) say(fmt::format("You write in {} now.", room.text));
}

/// The topic has a third of the row, where that is enough to read it.
void Conversation::show_prompt() {
  constexpr std::size_t kFewestColumns = 16;
  std::string about;
  const auto view = views_.find(here_);
  const std::size_t columns = screen_size().columns / 3;
  if (view != views_.end() && columns >= kFewestColumns) {
    const std::string& topic = view->second.facts.topic.text;
    const bool is_cut = columns_of(topic) > columns;
    // A prompt in a topic, and a draft that is turned round, would be read as something else.
    if (!topic.empty() && !is_ignored(view->second.facts.topic) &&
        topic.find('>') == std::string::npos && !wire::has_right_to_left(topic)) {
      about = fmt::format(" ({}{})", fitting(topic, columns - (is_cut ? 1 : 0)), is_cut ? "…" : "");
    }
  }
  terminal_->set_prompt(here_.text.empty() ? "> " : here_.text + about + "> ");
}

void Conversation::show_waiting() {
  std::vector<std::string> lines;
  for (const auto& [post, waiting] : waiting_) lines.push_back(words_.waiting(waiting.text));
  terminal_->set_waiting(std::move(lines));
}

void Conversation::read_cursors() {
  const auto pin = member_->expected_pin();
  if (!pin || !cursor_file_) return;
  auto cursors = cursor_file_->read(*pin);
  if (!cursors) return say_once(cursors.error());
  cursors_ = *std::move(cursors);
}

/// Reports only a file that cannot be read. If cursors cannot be kept at all, or not now, the user
/// need not know.
void Conversation::say_once(const Error& error) {
  if (error.exit_code != EX_CONFIG || std::exchange(is_told_of_cursors_, true)) return;
  say(error.sentence);
}

void Conversation::save_cursors() {
  const auto pin = member_->seen_pin();
  if (!pin || !cursor_file_) return;
  const auto cursors = session().cursors();
  if (cursors.empty()) return;
  const auto written = cursor_file_->write(*pin, cursors);
  if (!written) say_once(written.error());
}

void Conversation::save_now_and_then() {
  saving_.expires_after(kSavePause);
  saving_.async_wait([this](boost::system::error_code error) {
    if (error || is_over_) return;
    save_cursors();
    save_now_and_then();
  });
}

void Conversation::end(Error error) {
  if (std::exchange(is_over_, true)) return;
  save_cursors();
  terminal_->set_waiting({});
  for (const auto& [post, waiting] : waiting_) {
    say(fmt::format("Unconfirmed: {}", waiting.text));
  }
  if (error.exit_code != EX_OK) result_ = fail(std::move(error));
  session().quit(clock_now());
  member_->connector().stop();
  io_.stop();
}

void Conversation::take_line(const std::string& line) {
  if (is_over_) return;
  std::visit([this](const auto& what) { act(what); }, client::read_typed(wire::clean(line).text));
  if (is_over_) return;
  show_waiting();
  member_->connector().follow_up();
}

/// At the end of a piped input, posts without an answer still have `kLastPatience`.
void Conversation::on_end_of_input() {
  if (is_over_) return;
  if (session().waiting() == 0) return end({EX_OK, ""});
  if (!terminal_->is_plain()) return act(typed::Quit{});
  is_leaving_ = true;
  leaving_.expires_after(kLastPatience);
  leaving_.async_wait([this](boost::system::error_code error) {
    if (error || is_over_) return;
    end({EX_TEMPFAIL, words_of_waiting(session().waiting(), session().in_doubt()) +
                          "; try again when the server is back."});
  });
}

std::optional<chat::RoomName> Conversation::named(const std::string& room) {
  if (room.starts_with('@')) {
    if (wire::parse_nick(room.substr(1))) return chat::RoomName{room};
  } else if (auto name = wire::parse_room_name(room)) {
    return name;
  }
  say(
      fmt::format("{} can be no room's name: at most 32 letters and digits, with - _ . after the "
                  "first; @NICK is the room with one member.",
                  room));
  return std::nullopt;
}

/// Returns false if the room is joined already.
bool Conversation::join(const chat::RoomName& room, const std::string& invite) {
  if (views_.contains(room)) return false;
  const auto cursor = cursors_.find(room);
  client::Session::JoinFrom from;
  if (cursor != cursors_.end()) from.after = cursor->second;
  from.invite = invite;
  from.most = kMostAtOnce;
  session().join(room, std::move(from), clock_now());
  return true;
}

void Conversation::act(const typed::Join& typed) {
  if (wire::is_link(typed.room)) return join_by_link(typed.room);
  if (const auto room = named(typed.room)) join_or_go_to(*room, "");
}

void Conversation::join_or_go_to(const chat::RoomName& room, const std::string& invite) {
  if (here_ == room) return say(fmt::format("You write in {} already.", room.text));
  if (!join(room, invite)) return go_to(room);
  wanted_.insert(room);
}

void Conversation::join_by_link(const std::string& link) {
  const auto target = wire::parse_target(link);
  if (!target) return say(target.error().sentence);
  const auto seen = member_->seen_pin();
  const bool is_here =
      target->pin && seen ? target->pin == seen : target->server == options_.target.server;
  if (is_here) return join_or_go_to(target->room, target->invite.value_or(""));
  if (target->server == options_.target.server) {
    return say("That link names another pin than this server has: ask its sender for a new one.");
  }
  say(fmt::format(
      "That link is of another server, {}: in another window, start palabre chat with it "
      "in quotes.",
      to_text(target->server)));
}

void Conversation::act(const typed::Leave& typed) {
  const auto room = typed.room.empty() ? std::optional(here_) : named(typed.room);
  if (!room) return;
  if (!views_.contains(*room)) return say("You are not there.");
  save_cursors();
  for (const auto& [name, cursor] : session().cursors()) {
    if (name == *room) cursors_[name] = cursor;
  }
  session().leave(*room, clock_now());
}

/// Says so and returns false if offline: questions are not queued.
bool Conversation::may_ask() {
  if (is_gone_) say("The server cannot be reached now; ask again when it is back.");
  return !is_gone_;
}

void Conversation::act(const typed::Ask& typed) {
  if (!may_ask()) return;
  const auto asked = session().ask(typed.request, here_, clock_now());
  if (!asked) say(asked.error().sentence);
}

void Conversation::act(const typed::Who& typed) {
  const auto room = typed.room.empty() ? std::optional(here_) : named(typed.room);
  if (!room) return;
  if (room->text.empty()) return say("You are in no room. /join ROOM");
  if (!may_ask()) return;
  const auto asked = session().who(*room, clock_now());
  if (!asked) say(asked.error().sentence);
}

void Conversation::act(const typed::History& typed) {
  const auto view = views_.find(here_);
  if (view == views_.end()) return say("You are in no room. /join ROOM");
  if (!may_ask()) return;
  const chat::Number before = oldest_shown(*view);
  if (before.value <= 1) return say("There is nothing before what you see.");
  Search search{here_, "", before, {}, 0};
  const std::uint64_t after =
      before.value - 1 - std::min<std::uint64_t>(before.value - 1, typed.count);
  const auto asked = session().read(
      here_, {after}, static_cast<std::uint32_t>(before.value - 1 - after), clock_now());
  if (!asked) return say(asked.error().sentence);
  searches_.emplace(*asked, std::move(search));
}

/// If no message was shown since the room was joined, the number after its cursor.
chat::Number Conversation::oldest_shown(const std::pair<const chat::RoomName, View>& view) {
  if (view.second.oldest.value > 0) return view.second.oldest;
  for (const auto& [room, cursor] : session().cursors()) {
    if (room == view.first) return {cursor.number.value + 1};
  }
  return {};
}

void Conversation::act(const typed::Search& typed) {
  if (!may_ask()) return;
  for (const auto& [room, cursor] : session().cursors()) {
    if (room == here_) return read_on({here_, typed.text, {cursor.number.value + 1}, {}, 0});
  }
  say("You are in no room. /join ROOM");
}

/// Asks for the page before `search.before`.
void Conversation::read_on(Search search) {
  constexpr std::uint64_t kPage = client::Session::kPageLines;
  const std::uint64_t up_to = search.before.value - 1;
  const std::uint64_t after = up_to - std::min(up_to, kPage);
  const auto asked =
      session().read(search.room, {after}, static_cast<std::uint32_t>(kPage), clock_now());
  if (!asked) return say(asked.error().sentence);
  search.before = {after + 1};
  searches_.emplace(*asked, std::move(search));
}

void Conversation::act(const typed::Ignore& typed) {
  if (typed.nick.empty()) {
    const std::vector<std::string> names = ignored_.names();
    return say(names.empty() ? "Nobody is ignored."
                             : fmt::format("Ignored: {}", fmt::join(names, ", ")));
  }
  if (name_key(typed.nick) == name_key(session().nick())) {
    return say("What you write yourself is always shown.");
  }
  if (!ignored_.toggle(typed.nick, person_called(typed.nick))) {
    return say(fmt::format("{} is shown again.", typed.nick));
  }
  say(fmt::format("Nothing of {} is shown from now on; /ignore {} ends that.", typed.nick,
                  typed.nick));
}

void Conversation::act(const typed::Away& typed) { session().set_away(typed.note, clock_now()); }

void Conversation::act(const typed::Help& /*typed*/) {
  for (const std::string& line : client::typed_help()) say(line);
}

void Conversation::act(const typed::Quit& /*typed*/) {
  if (session().waiting() > 0 && !std::exchange(is_warned_, true)) {
    const std::string_view are = session().waiting() == 1 ? "is" : "are";
    return say(fmt::format(
        "{} of your messages {} not kept yet, and {} lost if you leave now. /quit again "
        "leaves anyway.",
        session().waiting(), are, are));
  }
  end({EX_OK, ""});
}

void Conversation::act(const typed::Mistake& typed) { say(typed.words); }

std::vector<std::string> Conversation::complete(std::string_view before,
                                                std::string_view word) const {
  std::vector<std::string> rooms;
  for (const auto& [name, view] : views_) rooms.push_back(name.text);
  for (const auto& [name, cursor] : cursors_) {
    if (!views_.contains(name)) rooms.push_back(name.text);
  }
  std::vector<std::string> nicks;
  for (const auto& [nick, person] : people_) nicks.push_back(nick);
  return client::completions(before, word, nicks, rooms);
}

Result<void> chat(const ChatOptions& options) {
  boost::asio::io_context io(1);
  return Conversation(io, options).run();
}

}  // namespace palabre::client
