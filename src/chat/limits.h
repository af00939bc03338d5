#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "chat/ids.h"

namespace palabre::chat {

/// The limits that the hub enforces. A request beyond a limit is refused with the reason, and costs
/// nobody else anything.
struct Limits {
  /// Bytes of a message as one plain line, see `line_bytes`. A datagram of 1,200 bytes passes every
  /// path of the Internet.
  std::size_t line_bytes = 1200;

  /// Topics that one member, or the guests of one address, set; and all of them. Each is a record
  /// of the registry for good.
  double topics_at_once = 5;
  Duration topic_every = std::chrono::seconds(30);
  double all_topics_at_once = 100;
  Duration any_topic_every = std::chrono::seconds(1);

  /// Orders of one room's operator, and of all of them; each is a record, too. Operators of the
  /// server are exempt.
  double orders_at_once = 100;
  Duration order_every = std::chrono::seconds(6);
  double all_orders_at_once = 600;
  Duration any_order_every = std::chrono::milliseconds(500);

  /// The budgets of what strangers could use up are so many times `usual_prices`; 0: there are
  /// none.
  double budget_times = 1;

  /// Guests online at once.
  std::size_t guests = 4096;

  /// Sessions of members online at once, in all and of one member. Beyond `sessions_of_member` the
  /// member's oldest session ends.
  std::size_t members = 8192;
  std::size_t sessions_of_member = 16;

  /// Rooms of one session.
  std::size_t rooms_of_session = 64;
  /// Of those, rooms for two into which the server put it: they must not use up all of them.
  std::size_t rooms_put_in = 16;

  /// Messages in a room for two that the other member has not accepted yet.
  std::uint64_t messages_of_request = 3;

  /// Members that one member blocks, or no longer blocks, over time; and all members together. Each
  /// is a record of the registry for good.
  double blocks_at_once = 20;
  Duration block_every = std::chrono::seconds(30);
  double all_blocks_at_once = 200;
  Duration any_block_every = std::chrono::milliseconds(500);

  /// Requests of one session that wait for registry records; one more is refused as too fast.
  std::size_t records_of_session = 256;

  /// Rooms of all sessions of one member, beyond which they open none: a few keys must not use up
  /// `rooms`.
  std::size_t rooms_of_member = 256;

  /// Rooms open at once, with shares for networks, see `RoomPlaces`. Beyond it only the lobby, the
  /// rooms by invitation, and the room to which an arriving guest returns are opened, so the excess
  /// is at most one room per guest, and those. A room without sessions is closed.
  std::size_t rooms = 1024;

  /// The idle timeout of a guest; netcat sends no goodbye.
  Duration idle = std::chrono::minutes(10);

  /// How long before the timeout the guest is warned (half of `idle` if that is less).
  Duration idle_warning = std::chrono::minutes(1);

  /// A guest who returns within this time gets its room and nickname back, so that a private word
  /// never lands in the lobby.
  Duration remember_absent = std::chrono::hours(24);

  /// Absent guests remembered; the one absent longest is forgotten first.
  std::size_t absent = 16384;
};

}  // namespace palabre::chat
