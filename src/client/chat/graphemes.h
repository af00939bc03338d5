#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace palabre::client {

class TextBreaks;

/// The characters of a text one by one, as its reader sees them: a letter with its accents, a flag,
/// a family of emoji joined to one. An escape for colours is one of no width. A very wide
/// one comes in parts.
class Graphemes {
 public:
  struct Step {
    std::string_view text;    ///< never empty
    std::size_t columns = 0;  ///< of a terminal, on the one that draws it widest
    bool is_certain = true;   ///< false: terminals disagree, and it may take fewer
  };

  /// `text` has to stay until the last step. A tab and other controls count as one column: what
  /// they are drawn as is the caller's matter.
  explicit Graphemes(std::string_view text);
  ~Graphemes();
  Graphemes(const Graphemes&) = delete;
  Graphemes& operator=(const Graphemes&) = delete;

  /// Nothing at the end.
  std::optional<Step> next();

 private:
  std::size_t end_of_next();

  std::string_view text_;
  std::size_t at_ = 0;
  std::unique_ptr<TextBreaks> boundaries_;  ///< only where there is more than ASCII
};

/// Whether a text begins with a byte that is of no character, or with a control of C1.
bool begins_with_no_character(std::string_view text);

}  // namespace palabre::client
