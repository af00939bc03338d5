#pragma once

#include <optional>
#include <string>

#include "app/member/errand.h"
#include "app/output.h"
#include "base/result.h"

namespace palabre::app {

struct SendOptions {
  ErrandOptions errand;
  std::optional<std::string> text;  ///< nothing: standard input, one message per line
  bool multiline = false;           ///< standard input is one message
  bool kept = false;                ///< fail in a room that stores no messages
};

/// Posts, and returns once the server has stored every message; else an error, with each message
/// that was not stored reported on standard error, one line each. In a memory room the numbers go
/// to standard output.
Result<void> send(const SendOptions& options, Output& output);

}  // namespace palabre::app
