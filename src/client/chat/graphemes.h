#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace palabre::client {

class TextBreaks;

/// The grapheme clusters of a text, one by one, as a reader sees characters: a letter with its
/// accents, a flag, a family of emoji joined to one. A colour escape sequence is a step of no
/// width. A very wide cluster comes in parts.
class Graphemes {
 public:
  struct Step {
    std::string_view text;    ///< never empty
    std::size_t columns = 0;  ///< on the terminal that draws it widest
    bool is_certain = true;   ///< false: terminals disagree, and some take fewer columns
  };

  /// Borrows `text`. A tab or other control character counts as one column; how it is drawn is up
  /// to the caller.
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
  std::unique_ptr<TextBreaks> boundaries_;  ///< null while the text is ASCII
};

/// Whether a text begins with invalid UTF-8, or with a C1 control character.
bool begins_with_no_character(std::string_view text);

}  // namespace palabre::client
