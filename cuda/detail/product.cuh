#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "cuda/detail/complex.cuh"

/// The product of matrices behind spectra and mixing: C (m, n) = A (m, k) · B (k, n), for real and complex elements in
/// any combination that `multiply_add` knows. A and B are loaders, so that an operand may be strided, gathered or made
/// on the way.
namespace fno::cuda::CU_TARGET {

inline constexpr int kProductWarps = 4;
inline constexpr int kProductThreads = 32 * kProductWarps;

/// Where a row of A or a column of B begins; found once a block, since finding it may take divisions.
struct Lane {
  std::int64_t offset;  // in elements; negative outside the matrix
  int position;         // for loaders that need to know more
};

/// A loader of B may make its elements later than it loads what they are made of: at() then returns that, and finish()
/// the element, when all loads of a slice are on their way. What finish() stores would hold them up.

/// The plain loader. `kAlongK` says that neighbours along k are neighbours in memory, else neighbouring lanes are.
template <class E, bool kAlongK, bool kConjugate = false>
struct Strided {
  using Element = E;
  const E* data;
  int lanes;
  std::int64_t lane_step, k_step;

  __device__ static constexpr bool along_k() { return kAlongK; }
  __device__ Lane lane(int index) const { return {index < lanes ? index * lane_step : -1, 0}; }
  __device__ E at(const Lane& lane, int k) const {
    const E value = load_element(data + lane.offset + k * k_step);
    if constexpr (kConjugate)
      return conjugate(value);
    else
      return value;
  }
};

/// One block's tile: kRows x kColumns elements of C. A warp owns TM neighbouring rows, a lane every 32nd column, so
/// elements of A are broadcast within the warp, those of B are read without conflicts, and stores run along columns.
/// k advances by BK; the next slices wait in registers while these are used.
template <class C, int TM, int TN, int BK>
struct TileProduct {
  static constexpr int kRows = TM * kProductWarps, kColumns = TN * 32;
  C sum[TM][TN];

  __device__ static int row(int i) { return int(threadIdx.x) / 32 * TM + i; }     // within the tile
  __device__ static int column(int j) { return int(threadIdx.x) % 32 + 32 * j; }  // within the tile

  /// sum = Σ_{first <= k < last} A(row0 + row, k) · B(k, column0 + column).
  template <class A, class B>
  __device__ __forceinline__ void run(const A& a, const B& b, int row0, int column0, int first, int last) {
    using Ea = typename A::Element;
    using Eb = typename B::Element;
    // The pads keep 16-byte alignment for A, and spread the lanes of a store along k over the banks for B.
    constexpr int kPadA = int(16 / sizeof(Ea)), kPadB = 2;
    constexpr int kLoadsA = kRows * BK / kProductThreads, kLoadsB = kColumns * BK / kProductThreads;
    static_assert(kLoadsA * kProductThreads == kRows * BK && kLoadsB * kProductThreads == kColumns * BK);
    CU_SHARED(Ea, a_slice, [BK][kRows + kPadA]);
    CU_SHARED(Eb, b_slice, [BK][kColumns + kPadB]);
    CU_SHARED(Lane, a_lane, [kRows]);
    CU_SHARED(Lane, b_lane, [kColumns]);

    const int thread = int(threadIdx.x);
    for (int i = thread; i < kRows; i += kProductThreads) a_lane[i] = a.lane(row0 + i);
    for (int i = thread; i < kColumns; i += kProductThreads) b_lane[i] = b.lane(column0 + i);
    for (int i = 0; i < TM; ++i)
      for (int j = 0; j < TN; ++j) sum[i][j] = C{};

    Ea a_next[kLoadsA];
    using Loaded = decltype(b.at(Lane{}, 0));
    Loaded b_next[kLoadsB];
    const auto fetch = [&](int k0) {
      CU_UNROLL for (int i = 0; i < kLoadsA; ++i) {
        const int e = thread + i * kProductThreads;
        const int k = k0 + (a.along_k() ? e % BK : e / kRows);
        const Lane& lane = a_lane[a.along_k() ? e / BK : e % kRows];
        a_next[i] = lane.offset >= 0 && k < last ? a.at(lane, k) : Ea{};
      }
      CU_UNROLL for (int i = 0; i < kLoadsB; ++i) {
        const int e = thread + i * kProductThreads;
        const int k = k0 + (b.along_k() ? e % BK : e / kColumns);
        const Lane& lane = b_lane[b.along_k() ? e / BK : e % kColumns];
        b_next[i] = lane.offset >= 0 && k < last ? b.at(lane, k) : Loaded{};
      }
    };

    __syncthreads();
    if (first < last) fetch(first);
    for (int k0 = first; k0 < last; k0 += BK) {
      CU_UNROLL for (int i = 0; i < kLoadsA; ++i) {
        const int e = thread + i * kProductThreads;
        store_element(&a_slice[a.along_k() ? e % BK : e / kRows][a.along_k() ? e / BK : e % kRows], a_next[i]);
      }
      CU_UNROLL for (int i = 0; i < kLoadsB; ++i) {
        const int e = thread + i * kProductThreads;
        const int k = b.along_k() ? e % BK : e / kColumns, column = b.along_k() ? e / BK : e % kColumns;
        if constexpr (std::is_same_v<Loaded, Eb>) {
          store_element(&b_slice[k][column], b_next[i]);
        } else {
          const Lane& lane = b_lane[column];
          const bool there = lane.offset >= 0 && k0 + k < last;
          store_element(&b_slice[k][column], there ? b.finish(lane, k0 + k, b_next[i]) : Eb{});
        }
      }
      __syncthreads();
      if (k0 + BK < last) fetch(k0 + BK);
      for (int k = 0; k < BK; ++k) {
        Eb b_part[TN];
        for (int j = 0; j < TN; ++j) b_part[j] = load_element(&b_slice[k][column(j)]);
        for (int i = 0; i < TM; ++i) {
          const Ea a_part = load_element(&a_slice[k][row(i)]);
          for (int j = 0; j < TN; ++j) multiply_add(sum[i][j], a_part, b_part[j]);
        }
      }
      __syncthreads();
    }
  }

  /// f(row, column, sum) for each element of this thread, row and column within the tile. Unrolled for certain: an
  /// index that is not constant would move the sums from registers to memory.
  template <class F>
  __device__ __forceinline__ void for_each(const F& f) const {
    const auto all = [&]<int... kAt>(std::integer_sequence<int, kAt...>) {
      (f(row(kAt % TM), column(kAt / TM), sum[kAt % TM][kAt / TM]), ...);
    };
    all(std::make_integer_sequence<int, TM * TN>{});
  }
};

/// Tiles of C in the order of blocks: those along m next to each other, since they share the larger operand, B.
struct TileGrid {
  int tiles_m;
  std::int64_t tiles;

  template <class Tile>
  static TileGrid of(std::int64_t m, std::int64_t n) {
    const std::int64_t along_m = (m + Tile::kRows - 1) / Tile::kRows;
    return {int(along_m), along_m * ((n + Tile::kColumns - 1) / Tile::kColumns)};
  }
};

}  // namespace fno::cuda::CU_TARGET
