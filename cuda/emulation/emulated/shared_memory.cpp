#include "cuda/emulation/emulated/shared_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "cuda/emulation/emulated/block.h"
#include "cuda/emulation/emulated/portable_emulated.h"

namespace fno::cu::emulated {
namespace {
constexpr std::size_t kDynamicAlignment = 128;
}

void SharedMemory::add(const void* key, std::size_t bytes, std::size_t alignment) {
  void* memory = nullptr;
  // posix_memalign, unlike aligned_alloc, takes a size that is no multiple of the alignment.
  if (posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
  std::memset(memory, kPoison, bytes);
  race::forget(memory, bytes);
  pieces_.push_back({key, memory, bytes});
}

void SharedMemory::open(std::size_t dynamic_bytes, bool asked) {
  asked_ = asked;
  add(nullptr, dynamic_bytes, kDynamicAlignment);
}

void SharedMemory::poison() {
  for (const Piece& piece : pieces_) {
    std::memset(piece.memory, kPoison, piece.bytes);
    race::forget(piece.memory, piece.bytes);
  }
}

void SharedMemory::close() {
  for (const Piece& piece : pieces_) std::free(piece.memory);
  pieces_.clear();
  static_bytes_ = 0;
}

void* SharedMemory::declare(const void* key, std::size_t bytes, std::size_t alignment) {
  for (std::size_t i = 1; i < pieces_.size(); ++i)
    if (pieces_[i].key == key) return pieces_[i].memory;
  static_bytes_ += bytes;
  if (static_bytes_ > kSharedWithoutAsking || static_bytes_ + pieces_.front().bytes > limit()) return nullptr;
  add(key, bytes, std::max(alignment, std::size_t{16}));
  return pieces_.back().memory;
}

bool SharedMemory::contains(const void* pointer, std::size_t bytes) const {
  const auto* begin = static_cast<const std::byte*>(pointer);
  return std::any_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    const auto* memory = static_cast<const std::byte*>(piece.memory);
    return begin >= memory && begin + bytes <= memory + piece.bytes;
  });
}

void* declare_shared(const void* key, const char* name, std::size_t bytes, std::size_t alignment, const Site& site) {
  const EmulatorScope scope("CU_SHARED");
  SharedMemory& shared = current_block().shared();
  if (void* memory = shared.declare(key, bytes, alignment)) return memory;
  current_block().fail(*current_thread, site, "shared memory for ", name, " brings the block to ",
                       shared.static_bytes(), " static and ", current_block().launch().dynamic_bytes,
                       " dynamic bytes; the limits are ", kSharedWithoutAsking, " static, ", shared.limit(),
                       " together");
}

void* dynamic_shared() {
  const EmulatorScope scope("CU_DYN_SHARED");
  return current_block().shared().dynamic();
}

}  // namespace fno::cu::emulated
