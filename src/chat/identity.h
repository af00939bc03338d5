#pragma once

#include <optional>
#include <string>

#include "chat/member.h"

namespace palabre::chat {

/// Who a session is. Its door says so, once, at its arrival.
struct Identity {
  /// Where it is, as it is shown: `[192.168.52.2:54524]`. See `Moved`.
  std::string address;
  /// That it has proven to own; nothing: it is known by its address alone, and is a guest.
  std::optional<MemberKey> key = {};
};

/// What a session can do because of how it came in. Its door says so, once, at its arrival. No rule
/// of the hub asks by which door that was.
struct Caps {
  /// It is in as many rooms as it likes, and names the room that it means. Else it is always in
  /// just one, from its arrival on.
  bool many_rooms = false;
  /// Its end is noticed (`HungUp`), so its silence means nothing. Else it goes when it is silent
  /// for too long.
  bool connection = false;
  /// Each of its posts has an id and is posted again until it is answered; they are kept in the
  /// order in which it posted them, or not at all.
  bool ordered_posts = false;
};

}  // namespace palabre::chat
