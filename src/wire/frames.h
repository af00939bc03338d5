#pragma once

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace palabre::wire {

// Frames: how messages of palabre.proto follow one another on a stream. Each is its length as a
// varint (as protobuf writes one), then its bytes.

/// The longest frame either side sends, without its length; a longer one ends the session. Room for
/// a message of any permitted length, or a page of the past.
inline constexpr std::size_t kMostFrameBytes = std::size_t{64} << 10;

/// Appends the message as a frame.
void append_frame(const google::protobuf::MessageLite& message, std::string& to);
std::string encode_frame(const google::protobuf::MessageLite& message);

/// Cuts what comes on a stream into frames. Holds one frame that is not whole yet, so at most
/// `kMostFrameBytes` and what was added last.
class FrameReader {
 public:
  void add(std::string_view bytes);

  /// Whether `next` has one.
  bool has_next();
  /// The next whole frame; nothing where more has to come first, or never comes (`is_broken`).
  /// Valid until the next call of anything here.
  std::optional<std::string_view> next();

  /// The peer does not keep to the rules: a length that is none or too long. Nothing more comes.
  bool is_broken() const { return broken_; }

 private:
  struct Place {
    std::size_t at = 0;
    std::size_t bytes = 0;
  };
  std::optional<Place> find_next();

  std::string bytes_;
  std::size_t read_ = 0;
  bool broken_ = false;
};

}  // namespace palabre::wire
