import type { PlacementExplanation } from "@fogline/contracts";

/** One thing to do, decided from a {@link World}. Executed in the order planned; each is checked again by the state machine when it is. */
export type Step =
  | { readonly kind: "place"; readonly taskId: string; readonly node: string; readonly placement: PlacementExplanation }
  | { readonly kind: "wait"; readonly taskId: string; readonly reason: string; readonly placement: PlacementExplanation }
  | { readonly kind: "resend"; readonly taskId: string; readonly executionId: string; readonly node: string }
  | { readonly kind: "hold"; readonly taskId: string; readonly executionId: string; readonly node: string }
  | { readonly kind: "lose"; readonly taskId: string; readonly executionId: string; readonly reason: string }
  | { readonly kind: "giveUp"; readonly taskId: string; readonly executionId: string; readonly reason: string }
  | { readonly kind: "expire"; readonly taskId: string; readonly executionId: string; readonly node: string; readonly reason: string }
  | { readonly kind: "cancel"; readonly executionId: string; readonly node: string; readonly reason: string }
  | {
      readonly kind: "move";
      readonly taskId: string;
      readonly executionId: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
      readonly placement: PlacementExplanation;
    };
