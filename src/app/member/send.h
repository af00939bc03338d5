#pragma once

#include <optional>
#include <string>

#include "app/member/errand.h"
#include "app/output.h"
#include "base/result.h"

namespace palabre::app {

struct SendOptions {
  ErrandOptions errand;
  std::optional<std::string> text;  ///< nothing: standard input, a line a message
  bool multiline = false;           ///< standard input is one message
  bool kept = false;                ///< a room that keeps nothing will not do
};

/// Posts, and returns once the server has kept it all; else an error, with what was not kept said
/// on standard error, a line each. In a memory room the numbers go to standard output.
Result<void> send(const SendOptions& options, Output& output);

}  // namespace palabre::app
