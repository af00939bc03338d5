#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/record.h"

namespace palabre::wire {

/// A record as a line of the registry's log, without a newline: the word of its kind, then its
/// fields, with one space between. `kKinds` in record.cc lists them.
std::string to_line(const chat::Record& record);

/// Nothing: `line` is damaged, or of an unknown kind.
std::optional<chat::Record> parse_record(std::string_view line);

}  // namespace palabre::wire
