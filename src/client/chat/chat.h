#pragma once

#include "base/result.h"
#include "client/member_client.h"
#include "wire/link_uri.h"

namespace palabre::client {

struct ChatOptions {
  wire::Target target;
  Nicks nicks;
  bool colour = true;
  bool plain = false;
  bool strict = false;  ///< see `MemberClient::open`
};

/// Runs a chat on standard input and output until the user quits or it fails.
Result<void> chat(const ChatOptions& options);

}  // namespace palabre::client
