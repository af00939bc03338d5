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
  bool strict = false;  ///< as `MemberClient::open` has it
};

/// Talks, on standard input and output, until its user has had enough.
Result<void> chat(const ChatOptions& options);

}  // namespace palabre::client
