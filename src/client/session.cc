#include "client/session.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <variant>

#include "base/fail.h"
#include "chat/member.h"
#include "client/server_words.h"
#include "wire/clean.h"
#include "wire/member_frames.h"
#include "wire/palabre.pb.h"

namespace palabre::client {
namespace {

using proto::Command;

// Posts share a chunk up to this size, to keep a burst to few allocations.
constexpr std::size_t kChunkBytes = std::size_t{16} << 10;
// Application error codes of a closed link; the server logs them.
constexpr std::uint64_t kNoError = 0;
constexpr std::uint64_t kProtocolError = 1;
constexpr const char* kLeftBefore = "You left the room before an answer came.";

link::Chunk chunk_of(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace

Session::Session(Identity identity, std::function<std::uint64_t()> random)
    : identity_(std::move(identity)),
      random_(std::move(random)),
      outbox_(fmt::format("{:016x}", random_())) {}

chat::AuthorId Session::author_id() const {
  chat::MemberKey key;
  if (identity_.key.size() != key.bytes.size()) return {};
  std::copy(identity_.key.begin(), identity_.key.end(), key.bytes.begin());
  return chat::author_id_of(key);
}

void Session::join(const chat::RoomName& room, JoinFrom from, Instant now) {
  if (rooms_.contains(room)) return;
  if (rooms_.size() >= kMostRooms) {
    outcomes_.emplace_back(JoinRefused{
        room, JoinRefused::Why::kOther,
        fmt::format("You are in {} rooms already; leave one of them first.", rooms_.size())});
    return;
  }
  const auto place = rooms_.try_emplace(room).first;
  place->second.from = std::move(from);
  if (is_online_) send_join(room, place->second, now);
}

void Session::leave(const chat::RoomName& room, Instant now) {
  const auto place = rooms_.find(room);
  if (place == rooms_.end()) return;
  if (is_online_) {
    Command command;
    command.mutable_leave()->set_room(room.text);
    send_request(command, {Asked::What::kLeave, room, {}, now});
  }
  take_out(place, kLeftBefore);
  outcomes_.emplace_back(HasLeft{room});
}

Result<PostId> Session::post(const chat::RoomName& room, chat::Kind kind, std::string_view text,
                             Instant now) {
  if (!rooms_.contains(room)) {
    return palabre::fail(EX_USAGE, "Not sent: you are not in {}. /join {} first.", room.text,
                         room.text);
  }
  if (text.size() > kMostPostBytes) {
    return palabre::fail(EX_DATAERR, "Not sent: no server takes a message of more than {} KiB.",
                         kMostPostBytes >> 10);
  }
  auto post = outbox_.add(room, kind, wire::clean(text).text);
  if (post) send_posts(now);
  return post;
}

void Session::set_away(std::string note, Instant now) {
  away_ = std::move(note);
  if (is_online_) send_away(now);
}

void Session::send_away(Instant now) {
  Command command;
  command.mutable_set_away()->set_note(away_);
  send_request(command, {Asked::What::kAway, {}, {}, now});
}

void Session::quit(Instant /*now*/) {
  if (is_online_) {
    Command command;
    command.mutable_quit();
    send(command);
  }
  end(Ended::Why::kQuit, "Goodbye.");
}

Result<QuestionId> Session::ask(chat::Request request, const chat::RoomName& here, Instant now) {
  const bool is_nowhere = std::visit(
      [&](auto& one) {
        if constexpr (requires { one.room.has_value(); }) {
          if (!one.room) one.room = here;
          const auto* const name = std::get_if<chat::RoomName>(&*one.room);
          return name != nullptr && name->text.empty();
        } else {
          return false;
        }
      },
      request);
  if (is_nowhere) return palabre::fail(EX_USAGE, "You are in no room. /join ROOM");
  Command command;
  const int answer = wire::fill(command, request);
  if (answer == 0) throw std::logic_error("No command asks for that by itself.");
  return ask_question(command, {Asked::What::kQuestion, here, {}, now, answer, {}, 0});
}

Result<QuestionId> Session::who(const chat::RoomName& room, Instant now) {
  Command command;
  command.mutable_who()->set_room(room.text);
  return ask_question(command,
                      {Asked::What::kQuestion, room, {}, now, proto::Event::kPresent, {}, 0});
}

Result<QuestionId> Session::read(const chat::RoomName& room, chat::Number after,
                                 std::uint32_t count, Instant now) {
  const std::uint32_t most = std::clamp<std::uint32_t>(count, 1, kPageLines);
  Command command;
  command.mutable_read()->set_room(room.text);
  command.mutable_read()->set_after(after.value);
  command.mutable_read()->set_count(most);
  return ask_question(command,
                      {Asked::What::kQuestion, room, {}, now, proto::Event::kPast, after, most});
}

Result<QuestionId> Session::ask_question(Command& command, Asked asked) {
  if (!is_online_) {
    return palabre::fail(EX_TEMPFAIL,
                         "The server cannot be reached now; ask again when it is back.");
  }
  if (asked_.size() >= kMostQuestions) {
    return palabre::fail(EX_TEMPFAIL,
                         "Too many questions wait for an answer; ask again in a moment.");
  }
  asked.question = QuestionId{++last_question_};
  send_request(command, asked);
  return asked.question;
}

std::uint64_t Session::send_request(Command& command, Asked asked) {
  command.set_tag(++last_tag_);
  asked_.emplace(last_tag_, std::move(asked));
  send(command);
  return last_tag_;
}

void Session::send(const Command& command) { link_->send(chunk_of(wire::encode_frame(command))); }

void Session::send_join(const chat::RoomName& name, const Room& room, Instant now) {
  Command command;
  auto& join = *command.mutable_join();
  join.set_room(name.text);
  join.set_last(room.from.last);
  join.set_invite(room.from.invite);
  const auto after = room.was_joined ? room.reading.cursor() : room.from.after;
  if (after) {
    join.mutable_after()->set_log(after->log.value);
    join.mutable_after()->set_number(after->number.value);
  }
  send_request(command, {Asked::What::kJoin, name, {}, now});
}

void Session::send_posts(Instant now) {
  if (!is_online_) return;
  std::string frames;
  while (link_->room() > frames.size()) {
    const Outbox::Post* const post = outbox_.next(now);
    if (post == nullptr || !may_post_to(post->room)) break;
    Command command;
    command.set_tag(++last_tag_);
    command.mutable_post()->set_room(post->room.text);
    command.mutable_post()->set_id(outbox_.id_of(post->post));
    command.mutable_post()->set_kind(post->kind == chat::Kind::kAction ? proto::ACTION
                                                                       : proto::TEXT);
    command.mutable_post()->set_text(post->text);
    outbox_.sent(now);
    wire::append_frame(command, frames);
    if (frames.size() >= kChunkBytes) link_->send(chunk_of(std::exchange(frames, {})));
  }
  if (!frames.empty()) link_->send(chunk_of(std::move(frames)));
}

/// Whether posts for `room` may be sent now. A room that was joined before is rejoined by the
/// `Join` sent ahead of them. The first `Join` must be answered first: the server may have to open
/// the room or to use up an invite, and would refuse posts until then. A remaining post for a room
/// that was left is one that the server waits for: it is sent, and refused for good.
bool Session::may_post_to(const chat::RoomName& room) const {
  const auto place = rooms_.find(room);
  return place == rooms_.end() || place->second.was_joined;
}

void Session::on_open(link::Link& link, Instant now) {
  if (is_over_) return link.close(kNoError, "over");
  if (link_ != nullptr) {
    link::Link& former = *link_;
    if (!is_online_) patience_ = std::min(2 * patience_, Duration(kMostSuspect));
    forget_link("Another way to the server was found.");
    former.close(kNoError, "another link");
  }
  link_ = &link;
  opened_at_ = heard_at_ = now;
  // An empty frame: the server learns of the stream by its first bytes.
  send(Command());
}

void Session::on_bytes(link::Link& link, std::string_view bytes, Instant now) {
  link.consumed(bytes.size());
  if (&link != link_) return;
  heard_at_ = now;
  frames_.add(bytes);
  while (link_ == &link) {
    const auto frame = frames_.next();
    if (!frame) break;
    read_event(*frame, now);
  }
  if (link_ != &link) return;
  if (frames_.is_broken()) return fail("a frame that is too long");
  send_posts(now);
}

// Datagrams carry nothing yet; one is only a sign of life.
void Session::on_datagram(link::Link& link, std::string_view /*bytes*/, Instant now) {
  if (&link == link_) heard_at_ = now;
}

void Session::on_room(link::Link& link, Instant now) {
  if (&link == link_) send_posts(now);
}

void Session::on_closed(link::Link& link, const Closed& how, Instant /*now*/) {
  if (&link != link_) return;
  forget_link(how.why.empty() ? "The connection ended." : how.why);
}

/// Joins and posts that were in flight are to be done again on the next link.
void Session::forget_link(const std::string& words) {
  const bool was_online = is_online_;
  link_ = nullptr;
  is_online_ = false;
  is_challenged_ = false;
  frames_ = {};
  outbox_.interrupt();
  for (auto& [name, room] : rooms_) {
    room.id.reset();
    room.reading.interrupt();
    room.is_replaying = false;
  }
  give_up_posts(kLeftBefore);
  for (const auto& [tag, asked] : std::exchange(asked_, {})) {
    if (asked.what != Asked::What::kQuestion) continue;
    outcomes_.emplace_back(
        QuestionRefused{asked.question, "The connection ended before an answer came."});
  }
  if (was_online && !is_over_) outcomes_.emplace_back(Offline{line_of(words)});
}

void Session::drop_link(std::uint64_t code, std::string_view why) {
  if (link_ == nullptr) return;
  link::Link& link = *link_;
  forget_link(std::string(why));
  link.close(code, why);
}

void Session::end(Ended::Why why, std::string words) {
  if (is_over_) return;
  is_over_ = true;
  drop_link(why == Ended::Why::kNonsense ? kProtocolError : kNoError, "over");
  outcomes_.emplace_back(Ended{why, std::move(words)});
}

void Session::fail(std::string_view what) {
  end(Ended::Why::kNonsense,
      fmt::format("The server sent {}, which is not this protocol. Is it a palabre server of "
                  "another version?",
                  what));
}

void Session::take_out(Rooms::iterator room, const std::string& words) {
  tell_own(room->first, room->second.reading);
  rooms_.erase(room);
  give_up_posts(words);
}

/// Reports our own posts that have a number and were not shown yet, as reading the room ends.
void Session::tell_own(const chat::RoomName& name, Reading& reading) {
  for (Reading::Own& own : reading.give_up()) {
    outcomes_.emplace_back(Kept{own.post, name, std::move(own.line), own.on_disk, own.was_shown});
  }
}

/// Gives up the posts for rooms that were left, except those that the server still answers
/// (`Outbox::give_up`).
void Session::give_up_posts(const std::string& words) {
  const auto is_left = [this](const chat::RoomName& room) { return !rooms_.contains(room); };
  for (auto& post : outbox_.give_up(is_left)) tell_refused(std::move(post), words);
}

/// `post.may_be_kept`: the server has not checked whether it kept the post on an earlier link.
void Session::tell_refused(Outbox::Post post, const std::string& words) {
  outcomes_.emplace_back(PostRefused{post.post, post.room, std::move(post.text),
                                     words + (post.may_be_kept ? " It may have been kept." : ""),
                                     post.may_be_kept});
}

std::optional<Instant> Session::owing_since() const {
  if (link_ == nullptr) return std::nullopt;
  if (!is_online_) return opened_at_;
  std::optional<Instant> since = outbox_.under_way_since();
  if (!asked_.empty()) {
    const Instant at = asked_.begin()->second.at;
    since = since ? std::min(*since, at) : at;
  }
  return since;
}

bool Session::is_suspect(Instant now) const {
  const auto since = owing_since();
  return since && now - std::max(*since, heard_at_) >= patience_;
}

bool Session::is_ping_under_way() const {
  return std::any_of(asked_.begin(), asked_.end(),
                     [](const auto& one) { return one.second.what == Asked::What::kPing; });
}

Instant Session::ping_due() const {
  if (const auto since = owing_since()) return std::max(*since, heard_at_) + kQuietAndBusy;
  return heard_at_ + (is_busy_ ? kQuietAndBusy : kQuiet);
}

std::optional<Instant> Session::next_deadline() const {
  if (link_ == nullptr) return std::nullopt;
  if (!is_online_ || is_ping_under_way()) {
    return std::max(owing_since().value_or(opened_at_), heard_at_) + patience_;
  }
  const auto outbox = outbox_.next_deadline();
  return outbox ? std::min(ping_due(), *outbox) : ping_due();
}

void Session::on_deadline(Instant now) {
  if (!is_online_) return;
  send_posts(now);
  if (is_ping_under_way() || now < ping_due()) return;
  is_busy_ = false;
  Command command;
  command.mutable_ping();
  send_request(command, {Asked::What::kPing, {}, {}, now});
}

std::vector<std::pair<chat::RoomName, chat::Cursor>> Session::cursors() const {
  std::vector<std::pair<chat::RoomName, chat::Cursor>> cursors;
  for (const auto& [name, room] : rooms_) {
    if (room.was_joined) cursors.emplace_back(name, room.reading.cursor());
  }
  return cursors;
}

}  // namespace palabre::client
