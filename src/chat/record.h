#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

/// An expiry time in seconds since 1970; 0: never.
struct Expiry {
  std::int64_t seconds = 0;
  bool is_over(WallTime now) const {
    return seconds != 0 && now.microseconds / 1'000'000 >= seconds;
  }
  friend bool operator==(const Expiry&, const Expiry&) = default;
};

// The records of the registry's log, in order. They bind nicknames to keys, admit members to rooms,
// and hold the state of a room beyond its last reader. wire/record.h encodes them as text.

/// Binds a nickname to a member for good. The member is shown by it until it takes another.
struct NickBound {
  MemberKey key;
  Nick nick;
  /// Not stored in the log: the nickname's key by today's rules, if it differs from the key it was
  /// bound under. That key is the member's too, unless another member owns it.
  std::string look_now = {};
  friend bool operator==(const NickBound&, const NickBound&) = default;
};
/// Creates an invite: the first `uses` members with the token of this hash may enter the room.
struct InviteMade {
  InviteHash hash;
  RoomName room;
  Expiry expiry;
  std::uint32_t uses = 1;
  friend bool operator==(const InviteMade&, const InviteMade&) = default;
};
/// Admits `by` to the invite's room, for good.
struct InviteUsed {
  InviteHash hash;
  MemberKey by;
  friend bool operator==(const InviteUsed&, const InviteUsed&) = default;
};
/// Revokes the invite: it admits no more members. Members already admitted stay.
struct InviteRevoked {
  InviteHash hash;
  friend bool operator==(const InviteRevoked&, const InviteRevoked&) = default;
};
/// `a` has opened a room for two with `b`.
struct DirectOpened {
  MemberKey a;
  MemberKey b;
  friend bool operator==(const DirectOpened&, const DirectOpened&) = default;
};

// Facts about a room: each holds until another of its kind, and outlives the room's last reader. A
// new fact is a struct here with the members of `Frozen`, a field of `RoomFacts`, and its text in
// wire/record.cc.

struct RoomFacts;

/// The room is read-only, or is writable again.
struct Frozen {
  /// Rooms of which it holds, at most.
  static constexpr std::size_t kMostRooms = 10'000;
  /// Whether the sessions in the room are told of it when it changes.
  static constexpr bool kIsTold = false;  // they are told when they post

  bool frozen = true;

  bool holds() const { return frozen; }
  void apply_to(RoomFacts& facts) const;
  static Frozen of(const RoomFacts& facts);
  friend bool operator==(const Frozen&, const Frozen&) = default;
};

/// The room's topic, one line that is safe to show. Empty: none.
struct Topic {
  static constexpr std::size_t kMostRooms = 1'000;
  static constexpr bool kIsTold = true;
  static constexpr std::size_t kMostBytes = 300;

  std::string text;
  std::string by;  ///< its author, as shown then

  bool holds() const { return !text.empty(); }
  void apply_to(RoomFacts& facts) const;
  static Topic of(const RoomFacts& facts);
  friend bool operator==(const Topic&, const Topic&) = default;
};

using Fact = std::variant<Frozen, Topic>;

/// All facts of one room. A room without any has those of a new one.
struct RoomFacts {
  bool frozen = false;
  Topic topic = {};  ///< without an author where there is none
  friend bool operator==(const RoomFacts&, const RoomFacts&) = default;
};

inline void Frozen::apply_to(RoomFacts& facts) const { facts.frozen = frozen; }
inline Frozen Frozen::of(const RoomFacts& facts) { return {facts.frozen}; }
inline Topic Topic::of(const RoomFacts& facts) { return facts.topic; }
inline void Topic::apply_to(RoomFacts& facts) const {
  facts.topic = text.empty() ? Topic() : *this;
}

/// Each fact of `facts`, in the order of `Fact`, also those that do not hold.
template <typename Visit, typename... Facts>
void for_each_fact(const RoomFacts& facts, const Visit& visit,
                   const std::variant<Facts...>* /*of*/) {
  (visit(Facts::of(facts)), ...);
}
template <typename Visit>
void for_each_fact(const RoomFacts& facts, const Visit& visit) {
  for_each_fact(facts, visit, static_cast<const Fact*>(nullptr));
}

/// The fact holds of the room from now on.
struct RoomFact {
  RoomName room;
  Fact fact;
  friend bool operator==(const RoomFact&, const RoomFact&) = default;
};

struct Record
    : std::variant<NickBound, InviteMade, InviteUsed, InviteRevoked, DirectOpened, RoomFact> {
  using variant::variant;
  Record(const Record& other);
  Record(Record&& other) noexcept;
  Record& operator=(const Record& other);
  Record& operator=(Record&& other) noexcept;
  ~Record();
};

}  // namespace palabre::chat
