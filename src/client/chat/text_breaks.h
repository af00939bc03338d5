#pragma once

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace palabre::client {

/// An ICU break iterator over a UTF-8 text; its positions are byte offsets. Borrows the text.
/// Included by .cc files only.
class TextBreaks {
 public:
  /// `BreakIterator::createCharacterInstance`, `createLineInstance`, ...
  using Create = icu::BreakIterator* (*)(const icu::Locale&, UErrorCode&);

  TextBreaks(std::string_view text, Create create) {
    UErrorCode status = U_ZERO_ERROR;
    utext_openUTF8(&text_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    iterator_.reset(create(icu::Locale::getRoot(), status));
    if (U_SUCCESS(status)) iterator_->setText(&text_, status);
    if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
  }
  ~TextBreaks() { utext_close(&text_); }
  TextBreaks(const TextBreaks&) = delete;
  TextBreaks& operator=(const TextBreaks&) = delete;

  icu::BreakIterator& iterator() { return *iterator_; }

 private:
  UText text_ = UTEXT_INITIALIZER;
  std::unique_ptr<icu::BreakIterator> iterator_;
};

}  // namespace palabre::client
