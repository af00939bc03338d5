#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace palabre::server {

/// `2 guests`, `1 guest and 3 members`
std::string counted(std::size_t guests, std::size_t members);

/// Columns as wide as what is in them; characters are counted, which is right but for wide scripts,
/// and those fmt knows.
std::string table(const std::vector<std::array<std::string, 4>>& rows);

}  // namespace palabre::server
