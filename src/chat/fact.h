#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace palabre::chat {

// Facts about a room: each holds until another of its kind, and outlives the room's last reader. A
// new fact is a struct here with the members of `Frozen`, a field of `RoomFacts`, its text in
// wire/record.cc and its words in wire/notice.cc.

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

/// Everybody but operators may say one message each `seconds`. 0: as many as they like.
struct Slow {
  static constexpr std::size_t kMostRooms = 10'000;
  static constexpr bool kIsTold = true;
  static constexpr std::uint32_t kMostSeconds = 3600;

  std::uint32_t seconds = 0;

  bool holds() const { return seconds != 0; }
  void apply_to(RoomFacts& facts) const;
  static Slow of(const RoomFacts& facts);
  friend bool operator==(const Slow&, const Slow&) = default;
};

using Fact = std::variant<Frozen, Topic, Slow>;

/// All facts of one room. A room without any has those of a new one.
struct RoomFacts {
  bool frozen = false;
  Topic topic = {};  ///< without an author where there is none
  Slow slow = {};
  friend bool operator==(const RoomFacts&, const RoomFacts&) = default;
};

inline void Frozen::apply_to(RoomFacts& facts) const { facts.frozen = frozen; }
inline Frozen Frozen::of(const RoomFacts& facts) { return {facts.frozen}; }
inline Topic Topic::of(const RoomFacts& facts) { return facts.topic; }
inline Slow Slow::of(const RoomFacts& facts) { return facts.slow; }
inline void Slow::apply_to(RoomFacts& facts) const { facts.slow = *this; }
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

}  // namespace palabre::chat
