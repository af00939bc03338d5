#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"

namespace palabre::chat {

/// The sessions in one room, in order of arrival. The messages of the room are in its log.
class Room {
 public:
  /// `founder`: the member who opened the room, if it is new. `opener`: in whose share of open
  /// rooms it is; nothing: in nobody's.
  Room(RoomName name, const std::optional<MemberKey>& founder, const std::optional<Ip>& opener)
      : name_(std::move(name)), founder_(founder), opener_(opener) {}

  const RoomName& name() const { return name_; }
  const std::vector<SessionId>& present() const { return present_; }
  /// Whether somebody has paid for the room's place among those that are kept.
  bool is_paid() const { return is_paid_; }
  void set_paid() { is_paid_ = true; }
  const std::optional<MemberKey>& founder() const { return founder_; }
  const std::optional<Ip>& opener() const { return opener_; }
  void has_no_founder() { founder_.reset(); }

  /// Where authors take turns: whether it is this one's, and then its next one is `every` later.
  /// `owner`: see `Draft::owner`. Remembers at most `kMostTurns` authors; the one that waits
  /// longest already is forgotten first.
  bool take_turn(const std::string& owner, Duration every, Instant now);
  /// How long the author must wait for its turn, rounded up.
  std::chrono::seconds turn_after(const std::string& owner, Instant now) const;
  /// The author's next one is at once: the message for which it took its turn is not kept.
  void give_turn_back(const std::string& owner) { turns_.erase(owner); }
  static constexpr std::size_t kMostTurns = 10'000;

  /// Requires that the session is not in the room.
  void enter(SessionId session) { present_.push_back(session); }
  /// Requires that the session is in the room.
  void leave(SessionId session);

 private:
  RoomName name_;
  std::optional<MemberKey> founder_;
  std::optional<Ip> opener_;
  std::vector<SessionId> present_;
  bool is_paid_ = false;
  std::map<std::string, Instant> turns_;  // when the author's next one is
};

}  // namespace palabre::chat
