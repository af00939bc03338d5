#pragma once

#include <string_view>

namespace palabre::wire {

/// Stands for nothing in the line of a record.
inline constexpr std::string_view kNoField = "-";

}  // namespace palabre::wire
