#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "wire/clean.h"
#include "wire/frames.h"
#include "wire/log_entries.h"
#include "wire/member_frames.h"
#include "wire/orders.h"
#include "wire/palabre.pb.h"
#include "wire/text.h"

// Events for members, as frames.

namespace palabre::wire {
namespace {

using proto::Refused;

constexpr bool kUnsent = false;

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

Refused::Why why(chat::Trouble trouble) {
  switch (trouble) {
    case chat::Trouble::kDamagedId:
      return Refused::BAD_ID;
    case chat::Trouble::kTooManyRooms:  // a retry would not help
      return Refused::TOO_MANY_ROOMS;
    // Later posts of the session have not waited for one of these: sent again by itself, it would
    // come after them.
    case chat::Trouble::kRoomFull:
      return Refused::FULL;
    case chat::Trouble::kBarred:
    case chat::Trouble::kNotReadBack:
      return Refused::OTHER;
    default:
      return Refused::CANNOT_KEEP;
  }
}

Refused::Why why(chat::NotInPrivate::Why why) {
  using Why = chat::NotInPrivate::Why;
  if (why == Why::kNotAccepted) return Refused::NOT_ACCEPTED;
  return why == Why::kManyAsked ? Refused::TOO_MANY_ROOMS : Refused::OTHER;
}

Refused::Why why(const chat::Refusal& refusal) {
  return std::visit(Overloaded{
                        [](const chat::NotLoggedIn&) { return Refused::LOGIN; },
                        [](const chat::NickInUse&) { return Refused::NICK_TAKEN; },
                        [](const chat::NickMissing&) { return Refused::BAD_NICK; },
                        [](const chat::TooManyNicks&) { return Refused::BAD_NICK; },
                        [](const chat::BadNick&) { return Refused::BAD_NICK; },
                        [](const chat::BadRoomName&) { return Refused::BAD_ROOM; },
                        [](const chat::LooksLikeRoom&) { return Refused::BAD_ROOM; },
                        [](const chat::NotFromHere&) { return Refused::OUTSIDE; },
                        [](const chat::NotInvited&) { return Refused::NOT_INVITED; },
                        [](const chat::NoSuchMember&) { return Refused::NO_SUCH_MEMBER; },
                        [](const chat::NoOtherMember&) { return Refused::NO_SUCH_MEMBER; },
                        [](const chat::TooManyDirects&) { return Refused::TOO_MANY_ROOMS; },
                        [](const chat::NotInPrivate& one) { return why(one.why); },
                        [](const chat::NotJoined&) { return Refused::NOT_JOINED; },
                        [](const chat::TooManyRooms&) { return Refused::TOO_MANY_ROOMS; },
                        [](const chat::InTooManyRooms&) { return Refused::TOO_MANY_ROOMS; },
                        [](const chat::LineTooLong&) { return Refused::TOO_LONG; },
                        [](const chat::RoomFrozen&) { return Refused::FROZEN; },
                        [](const chat::CannotKeep& cannot) { return why(cannot.trouble); },
                        [](const chat::NotRecorded& cannot) { return why(cannot.trouble); },
                        [](const chat::TooFast&) { return Refused::TOO_FAST; },
                        [](const chat::TooManyRenames&) { return Refused::TOO_FAST; },
                        [](const chat::TooMuchTaken& taken) {
                          // A post with this answer is for another room, or for nobody.
                          return taken.id ? Refused::TOO_MANY_ROOMS : Refused::TOO_FAST;
                        },
                        [](const chat::NotRegistered&) { return Refused::NOT_REGISTERED; },
                        [](const chat::Muted&) { return Refused::MUTED; },
                        [](const chat::Banned& banned) {
                          return banned.room.empty() ? Refused::BANNED : Refused::NOT_INVITED;
                        },
                        [](const chat::NotOperator&) { return Refused::NOT_OPERATOR; },
                        [](const chat::Outranked&) { return Refused::NOT_OPERATOR; },
                        [](const chat::NobodyThere&) { return Refused::NO_SUCH_MEMBER; },
                        [](const chat::NotYourTurn&) { return Refused::SLOW; },
                        [](const chat::ServerFull&) { return Refused::FULL; },
                        [](const chat::BadMessageId&) { return Refused::BAD_ID; },
                        [](const auto&) { return Refused::OTHER; },
                    },
                    refusal);
}

std::string id_of(const chat::Refusal& refusal) {
  return std::visit(
      [](const auto& one) -> std::string {
        if constexpr (requires { one.id->text; }) {
          return one.id ? one.id->text : "";
        } else {
          return {};
        }
      },
      refusal);
}

/// The text for people, without the id: the frame has a field for it.
std::string words_of(chat::Refused refused) {
  std::visit(
      [](auto& one) {
        if constexpr (requires { one.id->text; }) {
          if (one.id) one.id->text.clear();
        }
      },
      refused.refusal);
  return in_words(refused);
}

std::string room_of(const chat::Refusal& refusal) {
  if (const auto* not_invited = std::get_if<chat::NotInvited>(&refusal)) {
    return not_invited->room.text;
  }
  if (const auto* looks = std::get_if<chat::LooksLikeRoom>(&refusal)) return looks->room.text;
  const auto* not_joined = std::get_if<chat::NotJoined>(&refusal);
  return not_joined == nullptr ? "" : not_joined->room;
}

proto::RoomFacts to_proto(const chat::RoomFacts& facts) {
  proto::RoomFacts to;
  to.set_frozen(facts.frozen);
  to.set_slow(facts.slow.seconds);
  if (!facts.topic.text.empty()) {
    to.mutable_topic()->set_text(facts.topic.text);
    to.mutable_topic()->set_by(facts.topic.by);
  }
  return to;
}

// Each `fill` returns whether the event is sent. An event without a `fill` that is not in
// `GuestsOnly` does not compile.
bool fill(proto::Event& to, const chat::LoggedIn& logged_in, chat::Cursor /*end*/) {
  auto& welcome = *to.mutable_welcome();
  welcome.set_nick(logged_in.nick);
  for (const std::string& with : logged_in.direct_with) welcome.add_direct_rooms("@" + with);
  welcome.set_line_bytes(static_cast<std::uint32_t>(logged_in.line_bytes));
  for (const std::string& nick : logged_in.requests) welcome.add_requests(nick);
  welcome.set_all_requests(static_cast<std::uint32_t>(logged_in.all_requests));
  return true;
}

bool fill(proto::Event& to, const chat::Joined& entered, chat::Cursor end) {
  auto& joined = *to.mutable_joined();
  joined.set_room_id(entered.room.value);
  joined.set_room(entered.name);
  joined.set_log(end.log.value);
  joined.set_end(end.number.value);
  joined.set_kept(entered.promise.kept);
  joined.set_others(static_cast<std::uint32_t>(entered.others));
  joined.set_by_invitation(entered.by_invitation);
  joined.set_is_request(entered.is_request);
  if (entered.facts != chat::RoomFacts{}) *joined.mutable_facts() = to_proto(entered.facts);
  return true;
}

bool fill(proto::Event& to, const chat::HasLeft& left, chat::Cursor /*end*/) {
  to.mutable_left()->set_room_id(left.room.value);
  if (left.why) to.mutable_left()->set_words(in_words(left));
  return true;
}

bool fill(proto::Event& to, const chat::Acknowledged& kept, chat::Cursor /*end*/) {
  auto& acknowledged = *to.mutable_acknowledged();
  acknowledged.set_room_id(kept.room.value);
  acknowledged.set_number(kept.number.value);
  if (kept.id) acknowledged.set_id(kept.id->text);
  acknowledged.set_kept(kept.kept);
  acknowledged.set_kept_at(kept.kept_at.microseconds);
  acknowledged.set_repeated(kept.repeated);
  return true;
}

bool fill(proto::Event& to, const chat::Refused& refused, chat::Cursor /*end*/) {
  auto& out = *to.mutable_refused();
  out.set_why(why(refused.refusal));
  out.set_words(words_of(refused));
  out.set_id(id_of(refused.refusal));
  out.set_room(room_of(refused.refusal));
  return true;
}

bool fill(proto::Event& to, const chat::Present& present, chat::Cursor /*end*/) {
  auto& out = *to.mutable_present();
  out.set_room(present.room.text);
  out.set_count(static_cast<std::uint32_t>(present.here));
  if (present.facts != chat::RoomFacts{}) *out.mutable_facts() = to_proto(present.facts);
  for (const chat::Present::Person& person : present.people) {
    auto& one = *out.add_people();
    one.set_name(person.name);
    one.set_guest(person.is_guest);
    one.set_away(person.away);
    one.set_author_id(to_text(person.id));
  }
  return true;
}

bool fill(proto::Event& to, const chat::AskedToWrite& asked, chat::Cursor /*end*/) {
  constexpr std::size_t kMostBytes = 200;
  to.mutable_asked_to_write()->set_nick(asked.nick);
  to.mutable_asked_to_write()->set_author_id(to_text(asked.id));
  // The cut may have split a character.
  to.mutable_asked_to_write()->set_text(clean(asked.text.substr(0, kMostBytes)).text);
  return true;
}

bool fill(proto::Event& to, const chat::Contacts& contacts, chat::Cursor /*end*/) {
  auto& out = *to.mutable_contacts();
  out.set_what(static_cast<proto::Contact::What>(to_number(contacts.what)));
  out.set_nick(contacts.with);
  for (const std::string& nick : contacts.names) out.add_nicks(nick);
  out.set_all(static_cast<std::uint32_t>(contacts.all));
  return true;
}

bool fill(proto::Event& to, const chat::NickTaken& taken, chat::Cursor /*end*/) {
  to.mutable_nick_taken()->set_nick(taken.shown);
  return true;
}

bool fill(proto::Event& to, const chat::RoomChanged& changed, chat::Cursor /*end*/) {
  auto& out = *to.mutable_room_changed();
  out.set_room_id(changed.room.value);
  *out.mutable_facts() = to_proto(changed.facts);
  out.set_words(in_words(changed));
  return true;
}

bool fill(proto::Event& to, const chat::Ruled& ruled, chat::Cursor /*end*/) {
  // Of a list, the latest lines are the most useful; a frame has room for so many.
  constexpr std::size_t kMostLines = 100;
  to.mutable_ruled()->set_decision(ruled.number.value);
  to.mutable_ruled()->set_words(in_words(ruled, Reader::kInChat, kMostLines));
  return true;
}

bool fill(proto::Event& to, const chat::AwaySet& set, chat::Cursor /*end*/) {
  to.mutable_away_set()->set_note(set.note);
  return true;
}

bool fill(proto::Event& to, const chat::Farewell& farewell, chat::Cursor /*end*/) {
  auto& goodbye = *to.mutable_goodbye();
  switch (farewell.why) {
    case chat::Farewell::Why::kKicked:
    case chat::Farewell::Why::kBanned:
    case chat::Farewell::Why::kForgotten:
      goodbye.set_why(proto::Goodbye::KICKED);
      break;
    case chat::Farewell::Why::kClosing:
      goodbye.set_why(proto::Goodbye::CLOSING);
      break;
    case chat::Farewell::Why::kReplaced:
      goodbye.set_why(proto::Goodbye::REPLACED);
      break;
    default:
      goodbye.set_why(proto::Goodbye::QUIT);
  }
  goodbye.set_words(in_words(farewell));
  return true;
}

template <typename Event, typename... Listed>
constexpr bool is_one_of(const std::tuple<Listed...>* /*list*/) {
  return (std::is_same_v<Event, Listed> || ...);
}

template <typename Event>
requires(is_one_of<Event>(static_cast<const GuestsOnly*>(nullptr))) bool fill(
    proto::Event& /*to*/, const Event& /*event*/, chat::Cursor /*end*/) {
  return kUnsent;
}

}  // namespace

chat::RoomFacts facts_of(const proto::RoomFacts& facts) {
  // A server that sends more is not believed.
  constexpr std::size_t kMostBytes = 2 * chat::Topic::kMostBytes;
  const auto line = [](const std::string& text) { return clean_line(text.substr(0, kMostBytes)); };
  return {facts.frozen(),
          {line(facts.topic().text()), line(facts.topic().by())},
          {std::min(facts.slow(), chat::Slow::kMostSeconds)}};
}

std::string encode_challenge(std::span<const std::uint8_t> nonce, std::string_view server) {
  proto::Event event;
  event.mutable_challenge()->set_nonce(nonce.data(), nonce.size());
  event.mutable_challenge()->set_server(std::string(server));
  return encode_frame(event);
}

std::string encode_event(const chat::Event& event, chat::Tag tag, chat::Cursor end) {
  proto::Event out;
  out.set_tag(tag.value);
  const bool sent = std::visit([&](const auto& one) { return fill(out, one, end); }, event);
  return sent ? encode_frame(out) : std::string();
}

std::string encode_message(chat::RoomId room, chat::Number number, const chat::Message& message,
                           WallTime kept_at) {
  proto::Event event;
  fill(*event.mutable_message(), room, number, message, kept_at);
  return encode_frame(event);
}

std::string encode_gap(chat::RoomId room, const chat::Missing& missing) {
  proto::Event event;
  fill(*event.mutable_gap(), room, missing);
  return encode_frame(event);
}

std::string encode_removed(chat::RoomId room, const chat::NumberRanges& removed) {
  proto::Event event;
  fill(*event.mutable_removed(), room, removed);
  return encode_frame(event);
}

std::string encode_new_log(chat::RoomId room, chat::Number had) {
  proto::Event event;
  auto& gap = *event.mutable_gap();
  gap.set_room_id(room.value);
  gap.set_from(had.value + 1);
  gap.set_why(proto::Gap::NEW_LOG);
  gap.set_words(
      "The room has begun anew since you were here: what was said meanwhile is lost to you.");
  return encode_frame(event);
}

std::string encode_past(const chat::Slice& slice, std::uint32_t most, chat::Tag tag) {
  // Overhead of one entry, and of the frame.
  constexpr std::size_t kAround = 64;
  proto::Event event;
  event.set_tag(tag.value);
  auto& past = *event.mutable_past();
  past.set_room_id(slice.room.value);
  past.set_up_to(slice.after.value);
  std::size_t bytes = kAround;
  for (const auto& entry : slice.entries) {
    if (const auto* missing = std::get_if<chat::Missing>(&entry)) {
      proto::Gap gap;
      fill(gap, slice.room, *missing);
      bytes += kAround + gap.words().size();
      if (bytes > kMostFrameBytes) break;
      *past.add_gaps() = std::move(gap);
      past.set_up_to(missing->to.value);
      continue;
    }
    const auto& message = std::get<chat::PastMessage>(entry);
    bytes += kAround + message.message->author.size() + message.message->text.size();
    if (bytes > kMostFrameBytes || past.messages_size() >= static_cast<int>(most)) break;
    fill(*past.add_messages(), slice.room, message.number, *message.message, message.kept_at);
    past.set_up_to(message.number.value);
  }
  return encode_frame(event);
}

std::string encode_pong(chat::Tag tag) {
  proto::Event event;
  event.set_tag(tag.value);
  event.mutable_pong();
  return encode_frame(event);
}

std::string encode_slowed(Duration next, Duration every) {
  const auto milliseconds = [](Duration time) {
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(time).count();
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, kMost));
  };
  proto::Event event;
  event.mutable_slowed()->set_next_ms(milliseconds(next));
  event.mutable_slowed()->set_every_ms(milliseconds(every));
  return encode_frame(event);
}

}  // namespace palabre::wire
