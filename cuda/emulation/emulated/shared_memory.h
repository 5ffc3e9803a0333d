#pragma once

#include <cstddef>
#include <vector>

#include "cuda/emulation/shared_limit.h"
#include "cuda/emulation/target.h"

/// The shared memory of a block: each declaration is a heap block of its exact size, so that AddressSanitizer guards
/// its ends, and is filled with 0xFF (a NaN) before each block runs.
namespace fno::cu::emulated {

inline constexpr std::size_t kSharedBytes = 163 * 1024;  // what sm_80 offers, the least of our targets
inline constexpr int kPoison = 0xFF;

class SharedMemory {
 public:
  /// Makes the dynamic part, `bytes` long and no longer. `asked` for more than a block gets by itself.
  void open(std::size_t dynamic_bytes, bool asked);
  /// Poisons everything for the next block.
  void poison();
  void close();

  /// The memory of the declaration with this key (one per CU_SHARED and template instantiation); made when the first
  /// thread of the launch passes it. Null if the total passes limit().
  void* declare(const void* key, std::size_t bytes, std::size_t alignment);
  [[nodiscard]] void* dynamic() const { return pieces_.front().memory; }

  /// True if all of [pointer, pointer + bytes) lies in one declaration.
  [[nodiscard]] bool contains(const void* pointer, std::size_t bytes) const;
  [[nodiscard]] std::size_t static_bytes() const { return static_bytes_; }
  /// Bytes that static and dynamic memory may have together; static memory alone never more than kSharedWithoutAsking.
  [[nodiscard]] std::size_t limit() const { return asked_ ? kSharedBytes : kSharedWithoutAsking; }

 private:
  struct Piece {
    const void* key;
    void* memory;
    std::size_t bytes;
  };
  void add(const void* key, std::size_t bytes, std::size_t alignment);

  std::vector<Piece> pieces_;  // the dynamic part first
  std::size_t static_bytes_ = 0;
  bool asked_ = false;
};

}  // namespace fno::cu::emulated
