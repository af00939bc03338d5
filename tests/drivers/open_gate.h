#pragma once

#include "guard/gate.h"

namespace palabre::guard {

/// A gate that any IPv4 address passes, without a code, a pace or a cap.
inline Policy open_to_all() {
  Policy policy;
  policy.trusted = {*Network::parse("0.0.0.0/0")};
  policy.exempt = policy.trusted;
  return policy;
}

}  // namespace palabre::guard
