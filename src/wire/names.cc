#include "wire/names.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace palabre::wire {
namespace {

constexpr std::int32_t kNickCharacters = 24;
constexpr std::int32_t kRoomNameCharacters = 32;
// Normalising takes time that grows with the square of a run of combining marks. So a text is
// refused before that if it has more bytes than this for each permitted character, its marks
// included.
constexpr std::size_t kBytesPerCharacter = 16;

// ICU's data comes with the library. If it cannot be loaded, the installation is broken; no peer
// can cause that.
void require(UErrorCode status) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
}

icu::UnicodeString from_utf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

void count(const icu::UnicodeString& text, NameWork* work) {
  if (work != nullptr) work->units += static_cast<std::size_t>(text.length());
}

icu::UnicodeString normalized(const icu::Normalizer2* (*form)(UErrorCode&),
                              const icu::UnicodeString& text, NameWork* work) {
  count(text, work);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = form(status);
  require(status);
  icu::UnicodeString result = normalizer->normalize(text, status);
  require(status);
  return result;
}

icu::UnicodeString case_folded(const icu::UnicodeString& text, NameWork* work) {
  return normalized(&icu::Normalizer2::getNFKCCasefoldInstance, text, work);
}

icu::UnicodeString skeleton(const icu::UnicodeString& text, NameWork* work) {
  count(text, work);
  UErrorCode status = U_ZERO_ERROR;
  const icu::LocalUSpoofCheckerPointer checker(uspoof_open(&status));
  require(status);
  icu::UnicodeString result;
  uspoof_getSkeletonUnicodeString(checker.getAlias(), 0, text, result, &status);
  require(status);
  return result;
}

bool is_letter_or_digit(UChar32 c) {
  return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_ND_MASK)) != 0;
}

/// Hangul fillers, variation selectors and the like have the category of letters or marks, but show
/// nothing.
bool is_invisible(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
}

bool may_follow(UChar32 c) {
  return is_letter_or_digit(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0 || c == '_' || c == '-' ||
         c == '.';
}

bool is_name(const icu::UnicodeString& text, std::int32_t most_characters) {
  if (text.isEmpty() || text.countChar32() > most_characters) return false;
  if (!is_letter_or_digit(text.char32At(0))) return false;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    if (!may_follow(text.char32At(at)) || is_invisible(text.char32At(at))) return false;
  }
  return true;
}

std::optional<icu::UnicodeString> shown_nick(std::string_view text, NameWork* work) {
  if (text.size() > kNickCharacters * kBytesPerCharacter) return std::nullopt;
  icu::UnicodeString shown = normalized(&icu::Normalizer2::getNFCInstance, from_utf8(text), work);
  if (!is_name(shown, kNickCharacters)) return std::nullopt;
  return shown;
}

}  // namespace

std::optional<chat::Nick> parse_nick(std::string_view text, NameWork* work) {
  const auto shown = shown_nick(text, work);
  if (!shown) return std::nullopt;
  icu::UnicodeString key = skeleton(case_folded(skeleton(*shown, work), work), work);
  // "Ian" is "ian" by case and "lan" by its looks, so these two must be equal too.
  key.findAndReplace("i", "l");
  return chat::Nick{to_utf8(*shown), to_utf8(key)};
}

std::optional<std::string> parse_shown_nick(std::string_view text) {
  const auto shown = shown_nick(text, nullptr);
  return shown ? std::optional(to_utf8(*shown)) : std::nullopt;
}

std::string nick_key_prefix(std::string_view text) {
  std::string key = parse_nick(std::string(text) + "a").value().key;
  key.pop_back();
  return key;
}

std::set<std::string> reserved_nick_keys() {
  constexpr std::array kNames{"you",        "server",        "palabre",        "operator",
                              "admin",      "administrator", "moderator",      "root",
                              "system",     "lobby",         "everybody",      "everyone",
                              "all",        "toi",           "vous",           "serveur",
                              "opérateur",  "operateur",     "administrateur", "modérateur",
                              "moderateur", "racine",        "système",        "systeme",
                              "salon",      "tous",          "tout-le-monde"};
  std::set<std::string> keys;
  for (const char* name : kNames) keys.insert(parse_nick(name)->key);
  return keys;
}

std::string folded(std::string_view text) { return to_utf8(case_folded(from_utf8(text), nullptr)); }

std::optional<chat::RoomName> parse_room_name(std::string_view text, NameWork* work) {
  if (text.size() > kRoomNameCharacters * kBytesPerCharacter) return std::nullopt;
  if (text.starts_with('#') || text.starts_with('/')) text.remove_prefix(1);
  const icu::UnicodeString name = case_folded(from_utf8(text), work);
  if (!is_name(name, kRoomNameCharacters)) return std::nullopt;
  return chat::RoomName{to_utf8(name)};
}

std::string look_of(const chat::RoomName& name, NameWork* work) {
  const icu::UnicodeString text = from_utf8(name.text);
  // `0` has the skeleton of a capital O.
  return to_utf8(skeleton(case_folded(skeleton(text, work), work), work));
}

}  // namespace palabre::wire
