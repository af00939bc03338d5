#pragma once

#include <chrono>
#include <cstddef>

#include "chat/ids.h"

namespace palabre::chat {

/// What the hub holds everybody to. Beyond a limit the one who asked is told why; nothing that is
/// anyone else's is lost by it.
struct Limits {
  /// Bytes of a message as one plain line, see `line_bytes`. 1,200 pass every path of the Internet
  /// in one datagram.
  std::size_t line_bytes = 1200;

  /// Guests online at once.
  std::size_t guests = 4096;

  /// Sessions of members online at once, and of one member: beyond it the one that came first goes.
  std::size_t members = 8192;
  std::size_t sessions_of_member = 16;

  /// Rooms that one session is in.
  std::size_t rooms_of_session = 64;
  /// Of those, rooms for two in which others have put it: strangers must not fill all of them.
  std::size_t rooms_put_in = 16;

  /// Rooms that all sessions of one member are in, beyond which they open none: a few keys must not
  /// use up `rooms`.
  std::size_t rooms_of_member = 256;

  /// Rooms open at once, beyond which none is opened but for guests who come back to theirs (so
  /// there are never more than guests). A room nobody is in is closed.
  std::size_t rooms = 1024;

  /// A guest from whom nothing comes for so long goes; netcat knows no goodbye of its own.
  Duration idle = std::chrono::minutes(10);

  /// How long before that it is told (or half of `idle`, where that is less).
  Duration idle_warning = std::chrono::minutes(1);

  /// Who comes back within this time is back in its room with its nickname, so that a private word
  /// never lands in the lobby.
  Duration remember_absent = std::chrono::hours(24);

  /// How many absent guests are remembered; the one absent longest is forgotten first.
  std::size_t absent = 16384;
};

}  // namespace palabre::chat
