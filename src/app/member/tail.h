#pragma once

#include <optional>

#include "app/member/errand.h"
#include "app/output.h"
#include "base/result.h"
#include "chat/ids.h"

namespace palabre::app {

struct TailOptions {
  ErrandOptions errand;
  std::optional<chat::Number> from;  ///< nothing of the two: the last ones
  std::optional<WallTime> since;
  bool json = false;
  bool follow = false;
};

/// Prints what was said in a room, a line a message, or as JSON; ends where the log ends now, or
/// when nobody reads it any more.
Result<void> tail(const TailOptions& options, Output& output);

}  // namespace palabre::app
