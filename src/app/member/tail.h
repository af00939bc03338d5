#pragma once

#include <optional>

#include "app/member/errand.h"
#include "app/output.h"
#include "base/result.h"
#include "chat/ids.h"

namespace palabre::app {

struct TailOptions {
  ErrandOptions errand;
  std::optional<chat::Number> from;  ///< neither: the last 20
  std::optional<WallTime> since;
  bool json = false;
  bool follow = false;
};

/// Prints the messages of a room, one per line, as text or JSON. Ends at the end of the log, unless
/// it follows, or when the reader of standard output has left.
Result<void> tail(const TailOptions& options, Output& output);

}  // namespace palabre::app
