#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chat/hub.h"
#include "chat/memory_history.h"

namespace palabre::chat {

/// Plays the world to a hub in its tests: carries every effect out as `net/` does, with an inbox in
/// the place of each reader.
class HubTestDriver {
 public:
  explicit HubTestDriver(const Limits& limits = {}, Keeping keeping = {}, Access access = {})
      : HubTestDriver(Starting{}, limits, std::move(keeping), std::move(access)) {
    handle(RegistryRead{});
  }
  /// It is not known yet what the registry had.
  struct Starting {};
  explicit HubTestDriver(Starting /*tag*/, const Limits& limits = {}, Keeping keeping = {},
                         Access access = {})
      : hub(limits, std::move(keeping), std::move(access)) {}

  void arrive(std::uint64_t session) { arrive_from(session, address_of(session)); }
  void arrive_from(std::uint64_t session, std::string address) {
    handle(Arrive{SessionId{session}, {std::move(address), std::nullopt}});
  }
  void ask(std::uint64_t session, Request request) {
    handle(Ask{SessionId{session}, {std::move(request)}});
  }
  void say(std::uint64_t session, std::string text) { ask(session, Post{.text = std::move(text)}); }
  void operate(OperatorRequest request) { handle(FromOperator{{}, {}, std::move(request)}); }
  void join(std::uint64_t session, std::string room) {
    ask(session, Join{.room = RoomName{std::move(room)}});
  }
  void nick(std::uint64_t session, const std::string& nick) {
    ask(session, TakeNick{{nick, nick}});
  }

  // Members; theirs are sessions too.
  static constexpr Caps kMember{.many_rooms = true, .connection = true, .ordered_posts = true};
  static MemberKey key_of(std::uint8_t member) {
    MemberKey key;
    key.bytes.fill(member);
    return key;
  }
  void log_in(std::uint64_t session, std::uint8_t member, const std::string& nick = {}) {
    std::optional<Nick> wanted;
    if (!nick.empty()) wanted = Nick{nick, nick};
    handle(Arrive{SessionId{session}, {address_of(session), key_of(member)}, kMember, wanted});
  }
  void enter(std::uint64_t session, RoomRef room, Start start = {},
             std::optional<InviteHash> invite = {}) {
    ask(session, Join{std::move(room), start, invite, wall});
  }
  void say_in(std::uint64_t session, RoomRef room, std::string text, std::string id = "1") {
    ask(session, Post{std::move(room), Kind::kText, std::move(text), MessageId{std::move(id)}});
  }
  /// What the registry was to keep meanwhile is kept, or not.
  void keep_records() {
    for (const Record& record : std::exchange(records, {})) handle(RecordKept{record});
  }
  void keep_no_records() {
    for (const Record& record : std::exchange(records, {})) {
      handle(RecordNotKept{record, Trouble::kDiskFull});
    }
  }

  /// Lets time pass, with every tick when it is due.
  void pass(Duration time) {
    const Instant end = now + time;
    for (auto due = hub.next_deadline(); due && *due <= end; due = hub.next_deadline()) {
      now = *due;
      handle(Tick{});
    }
    now = end;
  }

  void handle(const Command& command) {
    for (const Effect& effect : hub.handle(command, now)) {
      std::visit([this](const auto& one) { carry_out(one); }, effect);
    }
    for (const LogEvent& event : history.take_events()) {
      std::visit([this](const auto& one) { handle(one); }, event);
    }
    if (keeps_at_once) keep_records();
  }

  /// The last thing that the session was told; the test fails where it is something else.
  template <typename E>
  const E& told(std::uint64_t session) {
    return std::get<E>(events[session].back());
  }
  template <typename R>
  bool refused(std::uint64_t session) {
    const auto* refused = std::get_if<Refused>(&events[session].back());
    return refused != nullptr && std::holds_alternative<R>(refused->refusal);
  }

  static std::string address_of(std::uint64_t session) {
    return "[10.0.0." + std::to_string(session) + ":4000]";
  }

  Hub hub;
  MemoryHistory history{[this] { return ++logs; }};
  Instant now{};
  std::uint64_t logs = 0;
  std::map<std::uint64_t, std::vector<std::string>> inbox;  // "author> text", by session
  std::map<std::uint64_t, std::vector<Event>> events;
  std::map<std::uint64_t, std::vector<std::uint64_t>> numbers;  // as they came, by room
  std::map<std::uint64_t, std::vector<std::uint64_t>> readers;  // by room
  std::vector<std::uint64_t> gone;
  std::vector<Draft> drafts;
  std::map<std::uint64_t, bool> numbered;  // by session
  std::vector<ShowPast> pages;
  std::vector<OperatorAnswer> answers;
  std::vector<Silence> silenced;
  std::vector<Noted> noted;
  std::map<std::uint64_t, Start> starts;  // the last, by session
  std::vector<Record> records;            // that wait to be kept
  bool keeps_at_once = true;
  WallTime wall{1'000'000};

 private:
  void carry_out(const OpenRoom& effect) {
    history.open(effect.room, effect.name);
    readers[effect.room.value] = {};
  }
  void carry_out(const CloseRoom& effect) {
    history.close(effect.room);
    readers.erase(effect.room.value);
  }
  void carry_out(const StartReading& effect) {
    readers.at(effect.room.value).push_back(effect.session.value);
    starts[effect.session.value] = effect.start;
  }
  void carry_out(const StopReading& effect) {
    std::erase(readers.at(effect.room.value), effect.session.value);
  }
  void carry_out(const ShowPast& effect) { pages.push_back(effect); }
  void carry_out(const KeepRecord& effect) { records.push_back(effect.record); }
  void carry_out(const SetNumbered& effect) { numbered[effect.session.value] = effect.numbered; }
  void carry_out(const Append& effect) {
    drafts.push_back(effect.draft);
    history.append(effect.draft);
  }
  void carry_out(const RoomAdvanced& effect) {
    numbers[effect.room.value].push_back(effect.number.value);
    for (const std::uint64_t reader : readers.at(effect.room.value)) {
      if (reader == effect.author_session.value) {
        if (effect.answer) events[reader].push_back(*effect.answer);
        continue;
      }
      inbox[reader].push_back(effect.message->author + "> " + effect.message->text);
    }
  }
  void carry_out(const Tell& effect) { events[effect.session.value].push_back(effect.event); }
  void carry_out(const TellOperator& effect) { answers.push_back(effect.answer); }
  void carry_out(const Silence& effect) { silenced.push_back(effect); }
  void carry_out(const Noted& effect) { noted.push_back(effect); }
  void carry_out(const Gone& effect) { gone.push_back(effect.session.value); }
};

}  // namespace palabre::chat
