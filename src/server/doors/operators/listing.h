#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "chat/event.h"

namespace palabre::server {

/// `2 guests`, `1 guest and 3 members`
std::string counted(std::size_t guests, std::size_t members);

/// A table with columns as wide as their content, a line each row. Widths are counted in code
/// points, but fmt pads by display width: a cell of a wide script may exceed its column.
std::string table(const std::vector<std::array<std::string, 4>>& rows);

/// A line for each, and a last one that counts them: also those that are left out.
std::string listing(const chat::Members& members);
std::string listing(const chat::RoomsDescribed& rooms);

}  // namespace palabre::server
