#pragma once

#include <cstddef>
#include <string_view>

namespace palabre::chat {

/// How full something is that all share.
struct Fill {
  std::string_view what;  ///< for people: `rooms open`
  std::size_t used = 0;
  std::size_t limit = 0;
};

}  // namespace palabre::chat
