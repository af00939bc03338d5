#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace palabre::app {

/// Notices when something comes to be nearly full, or full. Memory: an entry for each name.
class FillWatch {
 public:
  /// The percentage to tell of, 80 or 100, if it is reached and was not told. It is told again only
  /// after it was clearly less, by five hundredths. A limit of 0: there is none.
  std::optional<unsigned> look(const std::string& what, std::uint64_t used, std::uint64_t limit) {
    if (limit == 0) return std::nullopt;
    unsigned& told = told_[what];
    const double percent = 100.0 * static_cast<double>(used) / static_cast<double>(limit);
    const unsigned step = percent >= 100 ? 100 : percent >= kNearlyFull ? kNearlyFull : 0;
    if (step > told) return told = step;
    if (percent + 5 < told) told = step;
    return std::nullopt;
  }

 private:
  static constexpr unsigned kNearlyFull = 80;
  std::map<std::string, unsigned> told_;
};

}  // namespace palabre::app
