#pragma once

#include "guard/gate.h"

namespace palabre::guard {

/// A policy that admits any IPv4 address, without a code, rate limits or caps.
inline Policy open_to_all() {
  Policy policy;
  policy.trusted = {*Network::parse("0.0.0.0/0")};
  policy.exempt = policy.trusted;
  return policy;
}

}  // namespace palabre::guard
