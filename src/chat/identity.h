#pragma once

#include <optional>
#include <string>

#include "base/address.h"
#include "base/network.h"
#include "chat/member.h"

namespace palabre::chat {

/// The identity of a session. The door sets it once, at arrival.
struct Identity {
  /// The address as shown: `[192.168.52.2:54524]`. `Moved` changes it.
  std::string address;
  /// The key that the session has proven to own. Nothing: a guest, known by its address alone.
  std::optional<MemberKey> key = {};
  // Of the same address, for limits by address; `Moved` changes these too.
  Ip ip = {};
  Reach reach = Reach::kLoopback;
  bool is_exempt = true;  ///< from budgets
  /// Others are shown a guest without a nickname by this, in place of its address; empty: by its
  /// address. Operators and the server's log are given the address.
  std::string cloak = {};
};

/// The capabilities of a session. The door sets this once, at arrival. The rules of the hub
/// depend on these, never on the door.
struct Caps {
  /// True: the session may be in several rooms or none, and names the room in each request. False:
  /// it is always in exactly one room, from its arrival on.
  bool many_rooms = false;
  /// True: the door reports its end (`HungUp`), so there is no idle timeout. False: the idle
  /// timeout ends the session.
  bool connection = false;
  /// True: the session retries each post, which has an id, until it is answered. Its posts are kept
  /// in the order in which it posted them, or not at all.
  bool ordered_posts = false;
};

}  // namespace palabre::chat
