#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "app/member_client.h"
#include "chat/ids.h"
#include "chat/result.h"
#include "client/target.h"

namespace palabre::app {

struct TailOptions {
  client::Target target;
  Nicks nicks;
  std::optional<chat::Number> from;  ///< nothing of the two: the last ones
  std::optional<chat::WallTime> since;
  bool json = false;
  bool follow = false;
  bool wait = false;                 ///< for a server that cannot be reached
  std::chrono::seconds timeout{30};  ///< without any answer
};

/// Prints what was said in a room, a line a message, or as JSON; ends where the log ends now, or
/// when nobody reads it any more.
Result<void> tail(const TailOptions& options);

}  // namespace palabre::app
