#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/member_client.h"
#include "chat/result.h"
#include "client/target.h"

namespace palabre::app {

struct SendOptions {
  client::Target target;
  Nicks nicks;
  std::optional<std::string> text;   ///< nothing: standard input, a line a message
  bool multiline = false;            ///< standard input is one message
  bool kept = false;                 ///< a room that keeps nothing will not do
  bool wait = false;                 ///< for a server that cannot be reached
  std::chrono::seconds timeout{30};  ///< without any progress
};

/// Posts, and returns once the server has kept it all; else an error, with what was not kept said
/// on standard error, a line each. In a memory room the numbers go to standard output.
Result<void> send(const SendOptions& options);

}  // namespace palabre::app
