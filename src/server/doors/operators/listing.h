#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace palabre::server {

/// `2 guests`, `1 guest and 3 members`
std::string counted(std::size_t guests, std::size_t members);

/// A table with columns as wide as their content. The width is counted in characters, which is
/// right except for wide scripts; fmt knows those.
std::string table(const std::vector<std::array<std::string, 4>>& rows);

}  // namespace palabre::server
