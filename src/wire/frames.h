#pragma once

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace palabre::wire {

// Framing of palabre.proto messages on a stream: the length as a varint (as protobuf writes one),
// then the bytes of the message.

/// Largest body of a frame, without its length, that either side sends. A longer frame ends the
/// session. Enough for a message of any permitted length, or a page of the past.
inline constexpr std::size_t kMostFrameBytes = std::size_t{64} << 10;

/// Appends the message as a frame.
void append_frame(const google::protobuf::MessageLite& message, std::string& to);
std::string encode_frame(const google::protobuf::MessageLite& message);

/// Splits a byte stream into frames. Keeps the bytes that `next` has not returned: if the caller
/// takes every whole frame before the next `add`, that is at most one incomplete frame and the
/// bytes added last.
class FrameReader {
 public:
  void add(std::string_view bytes);

  /// Whether `next` would return a frame.
  bool has_next();
  /// The body of the next whole frame. Nothing: more bytes are needed, or the stream is broken
  /// (`is_broken`). Valid until the next call of any method.
  std::optional<std::string_view> next();

  /// The peer sent an invalid length, or one above `kMostFrameBytes`. No more frames come.
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
