------------------------------- MODULE audit -------------------------------
(***************************************************************************)
(* The writer of the audit log: what it may promise, and when a checkpoint *)
(* may leave the process. A record is the number of the session and its    *)
(* place in it, so that two records at one index are told apart: trees of  *)
(* two lengths are consistent when the shorter is a prefix of the longer.  *)
(*                                                                         *)
(* exporters/audit/segment-writer.ts is Write, Sync and Rotate; sealer.ts  *)
(* is Seal and Export; resume.ts is Resume.                                *)
(***************************************************************************)
EXTENDS Naturals, Sequences

CONSTANTS
  MaxRecords,   \* records of a session
  MaxSessions,
  SyncFirst     \* TRUE: a checkpoint is exported only after the fdatasync that covers it

VARIABLES
  disk,         \* records that survive a power cut
  cache,        \* records that survive the process: what write() took
  memory,       \* records that have an index: what the process knows
  seals,        \* checkpoints in the cache, in their order: sizes
  safeSeals,    \* those of them that survive a power cut
  acked,        \* records that were said to be safe, with durability disk
  exported,     \* trees whose checkpoint has left the process
  witnessed,    \* the tree that the witness has cosigned last
  refused,      \* the witness was shown a tree that contradicts what it had seen
  session,
  up

vars == <<disk, cache, memory, seals, safeSeals, acked, exported, witnessed, refused, session, up>>

Prefix(a, b) == Len(a) <= Len(b) /\ SubSeq(b, 1, Len(a)) = a
Consistent(a, b) == Prefix(a, b) \/ Prefix(b, a)
Last(sizes) == IF sizes = <<>> THEN 0 ELSE sizes[Len(sizes)]

Init ==
  /\ disk = <<>> /\ cache = <<>> /\ memory = <<>>
  /\ seals = <<>> /\ safeSeals = <<>>
  /\ acked = <<>> /\ exported = {} /\ witnessed = <<>> /\ refused = FALSE
  /\ session = 1 /\ up = TRUE

AppendRecord ==
  /\ up /\ Len(memory) < MaxRecords
  /\ memory' = Append(memory, <<session, Len(memory) + 1>>)
  /\ UNCHANGED <<disk, cache, seals, safeSeals, acked, exported, witnessed, refused, session, up>>

\* A write may be short: some of what waits is taken.
Write ==
  /\ up /\ Len(cache) < Len(memory)
  /\ \E n \in Len(cache) + 1 .. Len(memory) : cache' = SubSeq(memory, 1, n)
  /\ UNCHANGED <<disk, memory, seals, safeSeals, acked, exported, witnessed, refused, session, up>>

\* A checkpoint stands behind what it covers, and only when the one before is safe.
Seal ==
  /\ up /\ Len(cache) > Last(seals) /\ seals = safeSeals
  /\ seals' = Append(seals, Len(cache))
  /\ UNCHANGED <<disk, cache, memory, safeSeals, acked, exported, witnessed, refused, session, up>>

Sync ==
  /\ up
  /\ disk' = cache /\ safeSeals' = seals
  /\ acked' = cache
  /\ UNCHANGED <<cache, memory, seals, exported, witnessed, refused, session, up>>

\* The disk fails: what is not safe is in memory, and is written again in a new segment behind what is safe.
Rotate ==
  /\ up
  /\ cache' = disk /\ seals' = safeSeals
  /\ UNCHANGED <<disk, memory, safeSeals, acked, exported, witnessed, refused, session, up>>

Export ==
  /\ up
  /\ LET size == Last(IF SyncFirst THEN safeSeals ELSE seals) IN
       /\ size > 0
       /\ exported' = exported \cup {SubSeq(memory, 1, size)}
  /\ UNCHANGED <<disk, cache, memory, seals, safeSeals, acked, witnessed, refused, session, up>>

Cosign ==
  /\ \E tree \in exported :
       IF Prefix(witnessed, tree) THEN witnessed' = tree /\ UNCHANGED refused
       ELSE /\ UNCHANGED witnessed
            \* An older tree is only late.
            /\ refused' = (refused \/ ~Consistent(witnessed, tree))
  /\ UNCHANGED <<disk, cache, memory, seals, safeSeals, acked, exported, session, up>>

Kill ==
  /\ up /\ session < MaxSessions
  /\ up' = FALSE /\ memory' = <<>>
  /\ UNCHANGED <<disk, cache, seals, safeSeals, acked, exported, witnessed, refused, session>>

\* Of what was not safe a beginning may be there all the same.
PowerCut ==
  /\ up /\ session < MaxSessions
  /\ \E n \in Len(disk) .. Len(cache) :
       /\ cache' = SubSeq(cache, 1, n)
       /\ disk' = SubSeq(cache, 1, n)
       /\ seals' = SelectSeq(seals, LAMBDA size : size <= n)
       /\ safeSeals' = SelectSeq(seals, LAMBDA size : size <= n)
  /\ up' = FALSE /\ memory' = <<>>
  /\ UNCHANGED <<acked, exported, witnessed, refused, session>>

\* What is there is synced before anything is built on it.
Resume ==
  /\ ~up
  /\ up' = TRUE /\ session' = session + 1
  /\ memory' = cache /\ disk' = cache /\ safeSeals' = seals
  /\ UNCHANGED <<cache, seals, acked, exported, witnessed, refused>>

Next == AppendRecord \/ Write \/ Seal \/ Sync \/ Rotate \/ Export \/ Cosign \/ Kill \/ PowerCut \/ Resume

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
\* What was said to be safe is in every later tree.
AckedIsThere == up => Prefix(acked, memory)

\* No two exported checkpoints contradict each other, nor the log itself.
NoFork ==
  /\ \A a, b \in exported : Consistent(a, b)
  /\ up => \A a \in exported : Prefix(a, memory)

WitnessNeverRefuses == ~refused

\* A checkpoint on the disk vouches for everything up to the one before.
SealedIsSafe == \A k \in 2 .. Len(seals) : seals[k - 1] <= Len(disk)

WitnessGrows == [][Prefix(witnessed, witnessed')]_witnessed
=============================================================================
