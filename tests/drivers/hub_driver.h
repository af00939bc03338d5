#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "chat/hub.h"
#include "chat/memory_history.h"

namespace palabre::chat {

/// Surrounds a hub in its tests: carries every effect out like the doors and the history do, with
/// an inbox for each reader.
class HubTestDriver {
 public:
  explicit HubTestDriver(const Limits& limits = {}, Keeping keeping = {}, Access access = {});
  /// A hub that has not read the registry yet.
  struct Starting {};
  explicit HubTestDriver(Starting tag, const Limits& limits = {}, Keeping keeping = {},
                         Access access = {});
  HubTestDriver(const HubTestDriver&) = delete;
  HubTestDriver& operator=(const HubTestDriver&) = delete;
  ~HubTestDriver();

  /// A hub that is `Starting` reads the records that `before` has kept, as at a restart.
  void read_registry_of(const HubTestDriver& before);

  void arrive(std::uint64_t session) { arrive_from(session, address_of(session)); }
  void arrive_from(std::uint64_t session, std::string address);
  void ask(std::uint64_t session, Request request);
  void say(std::uint64_t session, std::string text);
  void operate(OperatorRequest request);
  /// The same on the machine: an order about the session's person, or about a room.
  void order(Order::Verb verb, std::uint64_t session,
             std::optional<std::chrono::seconds> lasts = {});
  void freeze(RoomName room, bool frozen = true);
  /// The person of the session: a guest by its address, a member by its key.
  Target target_of(std::uint64_t session) const;
  void join(std::uint64_t session, std::string room);
  void nick(std::uint64_t session, const std::string& nick);

  // Members, whose connections are sessions too.
  static constexpr Caps kMember{.many_rooms = true, .connection = true, .ordered_posts = true};
  static MemberKey key_of(std::uint8_t member);
  void log_in(std::uint64_t session, std::uint8_t member, const std::string& nick = {});
  void enter(std::uint64_t session, RoomRef room, Start start = {},
             std::optional<InviteHash> invite = {});
  void say_in(std::uint64_t session, RoomRef room, std::string text, std::string id = "1");
  /// Answers the registry's pending records: kept, or not kept.
  void keep_records();
  void keep_no_records();

  /// Advances time, with every tick when it is due.
  void pass(Duration time);

  void handle(const Command& command);

  /// The last event of the session; the test fails where it is another type.
  template <typename E>
  const E& told(std::uint64_t session) {
    return std::get<E>(events[session].back());
  }
  template <typename R>
  bool refused(std::uint64_t session) {
    const auto* refused = std::get_if<Refused>(&events[session].back());
    return refused != nullptr && std::holds_alternative<R>(refused->refusal);
  }

  static std::string address_of(std::uint64_t session);

  Hub hub;
  MemoryHistory history{[this] { return ++logs; }};
  Instant now{};
  std::uint64_t logs = 0;
  std::map<std::uint64_t, std::vector<std::string>> inbox;  // "author> text", by session
  std::map<std::uint64_t, std::vector<Event>> events;
  std::map<std::uint64_t, std::vector<std::uint64_t>> numbers;  // in order of arrival, by room
  std::map<std::uint64_t, std::vector<std::uint64_t>> readers;  // by room
  std::vector<std::uint64_t> gone;
  std::vector<Draft> drafts;
  std::map<std::uint64_t, bool> numbered;  // by session
  std::vector<ShowPast> pages;
  std::vector<OperatorAnswer> answers;
  std::vector<NetworkBanned> banned;
  std::map<std::uint64_t, bool> bots;  // by session, as the doors were told
  std::vector<Noted> noted;
  std::vector<RoomRedacted> redacted;
  std::map<std::uint64_t, Start> starts;  // the latest, by session
  std::vector<KeepRecord> records;        // pending
  bool keeps_at_once = true;
  WallTime wall{1'000'000};
  std::uint64_t kept = 0;               ///< records of the registry
  std::vector<RecordKept> all_records;  ///< those
  bool history_is_on_disk = false;      ///< what is kept is said to be on the disk

 private:
  std::map<std::uint64_t, MemberKey> keys_;  // by session
  std::map<RoomId, RoomName> names_;
  std::map<RoomName, std::set<std::uint64_t>> there_;  // messages that are not removed

  /// Tells of the message that the record removes, as a history does.
  void remove_by(const Record& record);

  void carry_out(const OpenRoom& effect);
  void carry_out(const CloseRoom& effect);
  void carry_out(const StartReading& effect);
  void carry_out(const StopReading& effect);
  void carry_out(const ShowPast& effect);
  void carry_out(const KeepRecord& effect);
  void carry_out(const SetNumbered& effect);
  void carry_out(const Append& effect);
  void carry_out(const RoomAdvanced& effect);
  void carry_out(const RoomRedacted& effect);
  void carry_out(const Tell& effect);
  void carry_out(const TellOperator& effect);
  void carry_out(const NetworkBanned& effect);
  void carry_out(const SetPace& effect);
  void carry_out(const Noted& effect);
  void carry_out(const Gone& effect);
};

}  // namespace palabre::chat
