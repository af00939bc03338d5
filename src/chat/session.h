#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/network.h"
#include "base/time.h"
#include "chat/identity.h"
#include "chat/ids.h"
#include "chat/member.h"
#include "chat/names.h"
#include "chat/order_hold.h"

namespace palabre::chat {

/// A session online: a guest, or one device of a member.
struct Session {
  Identity identity;
  Caps caps;
  std::optional<Nick> nick;    ///< always set for a member
  std::vector<RoomId> rooms;   ///< never empty without `Caps::many_rooms`
  std::vector<RoomId> put_in;  ///< of `rooms`: those entered without its request
  bool wants_acks = false;
  std::string away;
  OrderHold order_hold;     ///< used with `Caps::ordered_posts`
  std::uint32_t epoch = 0;  ///< see `Draft`; 0 without `Caps::ordered_posts`
  std::uint64_t posts = 0;
  Instant asked_at{};  ///< the time of its last request

  const std::optional<MemberKey>& key() const { return identity.key; }
  bool is_in(RoomId room) const;
  /// If `id` is the post awaited by `order_hold`, ends the hold: that post is decided now, and
  /// later posts continue, in a new epoch.
  void go_on_after(const std::optional<MessageId>& id);
  /// The session as shown to others. A star marks a guest, whose identity is unproven.
  std::string shown() const;
  /// The same for operators who see addresses: `awa* at [192.168.52.2:54524]`.
  std::string shown_with_address() const;
  /// The author of its messages in the log, see `Draft::author`.
  std::string author() const;
  /// Whose limits hold for it: the member's, or those of the guests of its address, which may be
  /// an IPv6 /64. See `Draft::owner`.
  std::string owner() const;
  /// The network of its address, if that is a public one.
  std::optional<Network> network() const;
};

}  // namespace palabre::chat
