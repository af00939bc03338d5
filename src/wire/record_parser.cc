#include "wire/record.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/base64.h"
#include "base/network.h"
#include "base/number.h"
#include "chat/direct_room.h"
#include "wire/clean.h"
#include "wire/names.h"
#include "wire/record_fields.h"

// The other direction of record.cc.

namespace palabre::wire {
namespace {

using MaybeRecord = std::optional<chat::Record>;
using Fields = std::vector<std::string_view>;  // the kind of the record, then its values

constexpr std::size_t kMostFields = 8;

std::optional<std::string> text_from_base64(std::string_view base64) {
  std::vector<std::uint8_t> bytes(base64.size() * 3 / 4);
  if (!from_base64(base64, bytes)) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

/// Splits into at most `kMostFields`; the last field keeps the rest of the line.
Fields split(std::string_view line) {
  Fields fields;
  while (fields.size() + 1 < kMostFields) {
    const std::size_t end = line.find(' ');
    if (end == std::string_view::npos) break;
    fields.push_back(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
  fields.push_back(line);
  return fields;
}

/// `T`: `MemberKey` or `InviteHash`.
template <typename T>
std::optional<T> parse_bytes(std::string_view text) {
  T of;
  if (!from_base64(text, of.bytes)) return std::nullopt;
  return of;
}

std::optional<std::string> parse_look(std::string_view text) {
  auto look = text_from_base64(text);
  if (!look || look->empty()) return std::nullopt;
  return look;
}

/// The old form, without LOOK.
MaybeRecord parse_member(const Fields& fields) {
  const auto key = parse_bytes<chat::MemberKey>(fields[1]);
  auto nick = parse_nick(fields[2]);
  if (!key || !nick) return std::nullopt;
  return chat::NickBound{*key, *std::move(nick)};
}

MaybeRecord parse_member_and_look(const Fields& fields) {
  auto record = parse_member(fields);
  auto look = parse_look(fields[3]);
  if (!record || !look) return std::nullopt;
  auto& bound = std::get<chat::NickBound>(*record);
  if (bound.nick.key != *look) {
    bound.look_now = std::exchange(bound.nick.key, *std::move(look));
  }
  return record;
}

MaybeRecord parse_invite(const Fields& fields) {
  const auto hash = parse_bytes<chat::InviteHash>(fields[1]);
  auto room = parse_room_name(fields[2]);
  const auto expiry = parse_number<std::int64_t>(fields[3]);
  const auto uses = parse_number<std::uint32_t>(fields[4]);
  if (!hash || !room || !expiry || *expiry < 0 || !uses || *uses == 0) return std::nullopt;
  return chat::InviteMade{*hash, *std::move(room), {*expiry}, *uses};
}

MaybeRecord parse_admitted(const Fields& fields) {
  const auto hash = parse_bytes<chat::InviteHash>(fields[1]);
  const auto key = parse_bytes<chat::MemberKey>(fields[2]);
  if (!hash || !key) return std::nullopt;
  return chat::InviteUsed{*hash, *key};
}

MaybeRecord parse_revoke(const Fields& fields) {
  const auto hash = parse_bytes<chat::InviteHash>(fields[1]);
  if (!hash) return std::nullopt;
  return chat::InviteRevoked{*hash};
}

MaybeRecord parse_trial(const Fields& fields) {
  const auto key = parse_bytes<chat::MemberKey>(fields[1]);
  if (!key) return std::nullopt;
  return chat::TrialEnded{*key, fields[0] == "stays"};
}

/// A record about two members.
MaybeRecord parse_two(const Fields& fields) {
  const auto a = parse_bytes<chat::MemberKey>(fields[1]);
  const auto b = parse_bytes<chat::MemberKey>(fields[2]);
  if (!a || !b) return std::nullopt;
  if (fields[0].ends_with("block")) return chat::Blocked{*a, *b, fields[0] == "block"};
  return chat::DirectOpened{*a, *b, fields[0] == "asked"};
}

/// Facts are also about rooms for two, whose names nobody writes.
std::optional<chat::RoomName> parse_fact_room(std::string_view text) {
  chat::RoomName name{std::string(text)};
  return chat::is_direct_room(name) ? std::optional(std::move(name)) : parse_room_name(text);
}

MaybeRecord parse_freeze(const Fields& fields) {
  auto room = parse_fact_room(fields[1]);
  if (!room) return std::nullopt;
  return chat::RoomFact{*std::move(room), chat::Frozen{fields[0] == "freeze"}};
}

MaybeRecord parse_fast(const Fields& fields) {
  auto room = parse_fact_room(fields[1]);
  if (!room) return std::nullopt;
  return chat::RoomFact{*std::move(room), chat::Slow{}};
}

/// The file may have been written by another program, so its text is made safe again.
MaybeRecord parse_topic(const Fields& fields) {
  auto room = parse_fact_room(fields[1]);
  const auto text = text_from_base64(fields[3]);
  std::string by = clean_line(fields[2]);
  if (!room || !text || by.find(' ') != std::string::npos) return std::nullopt;
  return chat::RoomFact{*std::move(room), chat::Topic{clean_line(*text), std::move(by)}};
}

MaybeRecord parse_topic_of(const Fields& fields) {
  auto record = parse_topic(fields);
  std::string owner = clean_line(fields[4]);
  if (!record || owner.empty() || owner.find(' ') != std::string::npos) return std::nullopt;
  std::get<chat::RoomFact>(*record).owner = std::move(owner);
  return record;
}

/// Nothing inside: `-`, nobody. Nothing: no key.
std::optional<std::optional<chat::MemberKey>> parse_maybe_key(std::string_view text) {
  if (text == kNoField) return std::optional<chat::MemberKey>{};
  const auto key = parse_bytes<chat::MemberKey>(text);
  if (!key) return std::nullopt;
  return std::optional(*key);
}

MaybeRecord parse_founder(const Fields& fields) {
  auto room = parse_fact_room(fields[1]);
  const auto key = parse_maybe_key(fields[2]);
  if (!room || !key) return std::nullopt;
  return chat::RoomFounded{*std::move(room), *key};
}

MaybeRecord parse_undo(const Fields& fields) {
  const auto number = parse_number<std::uint64_t>(fields[1]);
  const auto by = parse_maybe_key(fields[2]);
  if (!number || !by) return std::nullopt;
  return chat::Undone{{*number}, *by};
}

std::optional<chat::Whom> parse_stored_whom(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view kind = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  if (kind == "guest") {
    std::string address = clean_line(text);
    if (address.find(' ') != std::string::npos) return std::nullopt;
    return chat::GuestAt{std::move(address)};
  }
  if (kind == "key") {
    const auto key = parse_bytes<chat::MemberKey>(text);
    return key ? std::optional<chat::Whom>(*key) : std::nullopt;
  }
  const auto network = kind == "net" ? Network::parse(text) : std::nullopt;
  return network ? std::optional<chat::Whom>(*network) : std::nullopt;
}

/// The parts of a decision from which its act is made.
struct ActParts {
  std::optional<chat::RoomName> room;
  std::optional<chat::Whom> whom;
  std::uint64_t number = 0;
};

std::optional<chat::Act> make_undo_by(const ActParts& parts) {
  chat::UndoBy undo;
  const auto* const key = std::get_if<chat::MemberKey>(&*parts.whom);
  const auto* const network = std::get_if<Network>(&*parts.whom);
  if (key == nullptr && network == nullptr) return std::nullopt;
  if (key != nullptr) undo.by = *key;
  if (network != nullptr) undo.by = *network;
  // Within what fits as microseconds.
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  if (parts.number > kMost) return std::nullopt;
  undo.since = static_cast<std::int64_t>(parts.number);
  return undo;
}

std::optional<chat::Act> make_act(std::string_view word, const ActParts& parts) {
  const auto& [room, whom, number] = parts;
  const auto* const key = whom ? std::get_if<chat::MemberKey>(&*whom) : nullptr;
  if (word == "kick" && whom) return chat::Kick{*whom, room};
  if (word == "ban" && whom) return chat::Ban{*whom, room};
  if (word == "mute" && whom) return chat::Mute{*whom, room};
  if (word == "operator" && key != nullptr) return chat::Appoint{*key, room};
  if (word == "bot" && key != nullptr) return chat::MarkBot{*key};
  if (word == "approve" && key != nullptr) return chat::Approve{*key};
  if (word == "forget" && key != nullptr) return chat::Forget{*key};
  if (word == "undo-by" && whom) return make_undo_by(parts);
  if (!room) return std::nullopt;
  if (word == "forget-room") return chat::ForgetRoom{*room};
  if (word == "expel" && key != nullptr) return chat::Expel{*room, *key};
  if (word == "delete") return chat::Delete{*room, {number}};
  if (word == "freeze") return chat::Rule{*room, chat::Frozen{}};
  if (word != "slow" || number == 0 || number > chat::Slow::kMostSeconds) return std::nullopt;
  return chat::Rule{*room, chat::Slow{static_cast<std::uint32_t>(number)}};
}

MaybeRecord parse_decision(const Fields& fields) {
  const auto by = parse_maybe_key(fields[2]);
  const auto until = parse_number<std::int64_t>(fields[3]);
  const auto number = parse_number<std::uint64_t>(fields[6]);
  if (!by || !until || *until < 0 || !number) return std::nullopt;
  ActParts parts{{}, {}, *number};
  if (fields[4] != kNoField && !(parts.room = parse_fact_room(fields[4]))) return std::nullopt;
  if (fields[5] != kNoField && !(parts.whom = parse_stored_whom(fields[5]))) return std::nullopt;
  std::string why;
  if (fields[7] != kNoField) {
    const auto text = text_from_base64(fields[7]);
    if (!text) return std::nullopt;
    why = clean_line(*text);
  }
  auto act = make_act(fields[1], parts);
  if (!act) return std::nullopt;
  return chat::Decision{*std::move(act), *by, {*until}, std::move(why)};
}

struct RecordKind {
  std::string_view word;
  std::size_t fields;
  MaybeRecord (*parse)(const Fields& fields);
};

// The format of the registry's log:
//
//     member KEY NICK LOOK
//     invite HASH ROOM EXPIRY USES
//     admitted HASH KEY
//     revoke HASH
//     direct KEY KEY                (not written since there is `asked`)
//     asked KEY KEY
//     block KEY KEY
//     unblock KEY KEY
//     stays KEY
//     lapsed KEY
//     freeze ROOM
//     thaw ROOM
//     topic ROOM AUTHOR TEXT OWNER
//     fast ROOM
//     founder ROOM KEY
//     decision ACT KEY EXPIRY ROOM WHOM NUMBER TEXT
//     undo NUMBER KEY
//
// KEY, HASH, LOOK and TEXT are base64url, EXPIRY is in seconds since 1970, 0: never. WHOM is
// key:KEY, guest:[IP:PORT] or net:IP/BITS. `-` stands for nothing. LOOK is
// `chat::Nick::key`. It is stored because another version of ICU may compute another key, and two
// members must not become one. Old records have no LOOK; it is computed when they are read. OWNER
// is `chat::RoomFact::owner`; old records have none.
constexpr RecordKind kKinds[] = {
    {"member", 3, parse_member},   {"member", 4, parse_member_and_look},
    {"invite", 5, parse_invite},   {"admitted", 3, parse_admitted},
    {"revoke", 2, parse_revoke},   {"direct", 3, parse_two},
    {"asked", 3, parse_two},       {"block", 3, parse_two},
    {"unblock", 3, parse_two},     {"freeze", 2, parse_freeze},
    {"thaw", 2, parse_freeze},     {"topic", 4, parse_topic},
    {"topic", 5, parse_topic_of},  {"fast", 2, parse_fast},
    {"founder", 3, parse_founder}, {"decision", 8, parse_decision},
    {"undo", 3, parse_undo},       {"stays", 2, parse_trial},
    {"lapsed", 2, parse_trial}};

}  // namespace

std::optional<chat::Record> parse_record(std::string_view line) {
  const Fields fields = split(line);
  const auto* const kind = std::find_if(
      std::begin(kKinds), std::end(kKinds),
      [&](const RecordKind& of) { return of.word == fields[0] && of.fields == fields.size(); });
  return kind == std::end(kKinds) ? std::nullopt : kind->parse(fields);
}

}  // namespace palabre::wire
