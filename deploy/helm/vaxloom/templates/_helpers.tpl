{{- define "vaxloom.name" -}}
{{- printf "%s-vaxloom" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "vaxloom.selector" -}}
app.kubernetes.io/name: vaxloom
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "vaxloom.labels" -}}
{{ include "vaxloom.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "vaxloom.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What every pod has: an account that is nobody's, and no word with the API. */}}
{{- define "vaxloom.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "vaxloom.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "vaxloom.placed" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "vaxloom.data" -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ .Values.data.existingClaim | default (printf "%s-data" (include "vaxloom.name" .)) }}
{{- end -}}

{{- define "vaxloom.tokenSecret" -}}
{{ .Values.cluster.token.existingSecret | default (printf "%s-token" (include "vaxloom.name" .)) }}
{{- end -}}

{{- define "vaxloom.tlsSecret" -}}
{{ .Values.cluster.tls.existingSecret | default (printf "%s-tls" (include "vaxloom.name" .)) }}
{{- end -}}

{{- define "vaxloom.scheduler" -}}
{{ ternary "https" "http" .Values.cluster.tls.enabled }}://{{ include "vaxloom.name" . }}-scheduler.{{ .Release.Namespace }}.svc:50050
{{- end -}}

{{/* What members of the cluster know each other by. */}}
{{- define "vaxloom.memberArgs" -}}
- --cluster-token=/etc/vaxloom/cluster/token
{{- if .Values.cluster.tls.enabled }}
- --cluster-cert=/etc/vaxloom/tls/tls.crt
- --cluster-key=/etc/vaxloom/tls/tls.key
- --cluster-ca=/etc/vaxloom/tls/ca.crt
{{- end }}
{{- end -}}

{{- define "vaxloom.memberMounts" -}}
- name: token
  mountPath: /etc/vaxloom/cluster
  readOnly: true
{{- if .Values.cluster.tls.enabled }}
- name: tls
  mountPath: /etc/vaxloom/tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "vaxloom.memberVolumes" -}}
- name: token
  secret:
    secretName: {{ include "vaxloom.tokenSecret" . }}
    defaultMode: 0440
{{- if .Values.cluster.tls.enabled }}
- name: tls
  secret:
    secretName: {{ include "vaxloom.tlsSecret" . }}
    defaultMode: 0440
{{- end }}
{{- end -}}
